{
    "name": "Kilns",
    "summary": "All that another addon can add to the suite, for a made-up make of kilns",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "depends": ["fusion_iot", "base_automation"],
    "data": ["security/ir.model.access.csv", "views/kiln_controller_views.xml"],
}
