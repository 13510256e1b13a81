{
    "name": "Fusion IoT Base",
    "summary": "One vocabulary and one entry for shop-floor measurements",
    "version": "19.0.1.3.0",
    "category": "Internet of Things (IoT)",
    "website": "https://github.com/fusion-iot/fusion-iot",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "development_status": "Beta",
    "depends": ["fusion_base", "bus", "mail", "web"],
    "external_dependencies": {"python": ["fusion-iot-core>=1.1"]},
    "data": [],
    "assets": {
        "web.assets_backend": ["fusion_iot_base/static/src/**/*"],
        "web.assets_unit_tests": [
            "fusion_iot_base/static/tests/live_helpers.js",
            "fusion_iot_base/static/tests/**/*.test.js",
        ],
    },
    "installable": True,
}
