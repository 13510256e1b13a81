{
    "name": "Fusion Plating Quality",
    "summary": "Quality holds: a tank out of its limits waits for a decision",
    "version": "19.0.1.1.0",
    "category": "Manufacturing/Plating",
    "website": "https://github.com/fusion-iot/fusion-iot",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "depends": ["fusion_plating"],
    "data": [
        "security/ir.model.access.csv",
        "security/fusion_plating_quality_rules.xml",
        "data/ir_sequence_data.xml",
        "data/mail_message_subtype_data.xml",
        "data/mail_activity_type_data.xml",
        "wizard/fusion_plating_hold_decision_views.xml",
        "views/fusion_plating_quality_hold_views.xml",
        "views/fusion_plating_tank_views.xml",
        "views/fusion_plating_quality_menus.xml",
    ],
    "demo": [
        "demo/fusion_plating_quality_hold_demo.xml",
    ],
}
