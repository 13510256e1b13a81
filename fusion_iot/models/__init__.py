from . import (
    iot_device,
    iot_device_channel,
    iot_device_presence,
    iot_ingest,
    iot_runtime_worker,
    iot_unknown_device,
)
