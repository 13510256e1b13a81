from . import (
    iot_ingest,
    iot_nudge,
    iot_overview,
    iot_sender,
    ir_config_parameter,
    ir_http,
    res_users_settings,
)
