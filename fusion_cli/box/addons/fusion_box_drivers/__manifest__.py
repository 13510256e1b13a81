{
    "name": "Fusion Box Drivers",
    "summary": "Has the stock client of the IoT Box load the drivers for probes on any machine; runs in a box only",
    "version": "19.0.1.0.0",
    "category": "Hidden",
    "website": "https://github.com/fusion-iot/fusion-iot",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "depends": ["iot_drivers"],
    "post_load": "start",
}
