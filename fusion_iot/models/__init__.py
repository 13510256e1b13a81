from . import iot_device, iot_device_presence, iot_ingest, iot_unknown_device
