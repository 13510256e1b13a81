{
    "name": "Drivers for probes of a box under test",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "depends": ["iot_drivers"],
}
