from . import (
    fp_tank_reading,
    fp_tank_sensor,
    fp_trend,
    fusion_plating_bath,
    fusion_plating_bath_parameter,
    fusion_plating_quality_hold,
    fusion_plating_tank,
    iot_device,
    iot_ingest,
    iot_unknown_device,
    res_config_settings,
)
