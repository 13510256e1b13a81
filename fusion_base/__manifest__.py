{
    "name": "Fusion Base",
    "summary": "Fields and messages maintained by the system, and secrets encrypted at rest",
    "version": "19.0.1.3.0",
    "category": "Hidden",
    "website": "https://github.com/fusion-iot/fusion-iot",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["mail"],
    "external_dependencies": {"python": ["cryptography"]},
    "data": [],
    "installable": True,
}
