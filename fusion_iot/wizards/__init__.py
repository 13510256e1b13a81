from . import (
    fp_ingest_token_rotate,
    iot_alert_rule_enable,
    iot_alert_shelve,
    iot_box_pairing,
    iot_credential_rotate,
    mqtt_discovery_setup,
    mqtt_paste,
)
