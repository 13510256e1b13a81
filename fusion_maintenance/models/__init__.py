from . import (
    iot_alert,
    iot_alert_response,
    iot_device,
    iot_overview,
    maintenance_equipment,
    maintenance_request,
)
