from . import iot_device, iot_ingest, iot_unknown_device
