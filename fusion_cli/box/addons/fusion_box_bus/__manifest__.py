{
    "name": "Fusion Box Bus",
    "summary": "Lets the probes on the bus of an IoT Box without hardware hang in baths; runs in a box only",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "website": "https://github.com/fusion-iot/fusion-iot",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "depends": ["iot_drivers"],
    "post_load": "start",
}
