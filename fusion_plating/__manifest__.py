{
    "name": "Fusion Plating",
    "summary": "Plating lines, tanks, baths and the limits a bath must keep",
    "version": "19.0.1.1.0",
    "category": "Manufacturing/Plating",
    "website": "https://github.com/fusion-iot/fusion-iot",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "depends": ["fusion_base", "mail"],
    "data": [
        "security/fusion_plating_groups.xml",
        "security/ir.model.access.csv",
        "security/fusion_plating_rules.xml",
        "data/ir_sequence_data.xml",
        "views/fusion_plating_bath_parameter_views.xml",
        "views/fusion_plating_bath_views.xml",
        "views/fusion_plating_tank_views.xml",
        "views/fusion_plating_line_views.xml",
        "views/fusion_plating_limit_change_views.xml",
        "views/fusion_plating_menus.xml",
    ],
    "demo": [
        "demo/res_users_demo.xml",
        "demo/fusion_plating_tank_demo.xml",
        "demo/fusion_plating_bath_demo.xml",
        "demo/fusion_plating_bath_parameter_demo.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "fusion_plating/static/src/**/*",
        ],
        "web.assets_tests": [
            "fusion_plating/static/tests/tours/**/*",
        ],
    },
    "application": True,
}
