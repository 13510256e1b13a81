{
    "name": "Fusion Base",
    "summary": "Fields and messages maintained by the system, which users cannot write",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "website": "https://github.com/fusion-iot/fusion-iot",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["mail"],
    "data": [],
    "installable": True,
}
