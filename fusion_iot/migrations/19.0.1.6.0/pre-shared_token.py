MOVED = {
    "fusion_plating_iot": {"ingest_token": "ingest_token"},
    "fusion_session_detector": {
        "menu_session_settings": "menu_iot_settings",
        "session_settings_action": "iot_settings_action",
    },
}
"""External ids, by the addon that had them."""


def migrate(cr, version):
    """The token that devices share belongs to this addon, and so does the page of settings: with or without plating."""
    for addon, names in MOVED.items():
        for old, new in names.items():
            cr.execute(
                "UPDATE ir_model_data SET module = 'fusion_iot', name = %s WHERE module = %s AND name = %s",
                [new, addon, old],
            )
    # The dialog that rotates it, and its part of the settings: models, fields, their choices, rights, views.
    cr.execute(
        "UPDATE ir_model_data SET module = 'fusion_iot'"
        " WHERE module = 'fusion_plating_iot' AND name LIKE '%fp\\_ingest\\_token%'"
    )
    cr.execute(
        """
        UPDATE ir_model_constraint constr SET module = ours.id
          FROM ir_model model, ir_module_module theirs, ir_module_module ours
         WHERE constr.model = model.id AND model.model = 'fp.ingest.token.rotate'
           AND constr.module = theirs.id AND theirs.name = 'fusion_plating_iot' AND ours.name = 'fusion_iot'
        """
    )
    # A token that somebody has entered where there is no plating.
    cr.execute(
        """
        INSERT INTO ir_model_data (module, name, model, res_id, noupdate)
        SELECT 'fusion_iot', 'ingest_token', 'ir.config_parameter', id, true
          FROM ir_config_parameter
         WHERE key = 'fusion_plating_iot.ingest_token'
           AND NOT EXISTS (SELECT FROM ir_model_data WHERE module = 'fusion_iot' AND name = 'ingest_token')
        """
    )
