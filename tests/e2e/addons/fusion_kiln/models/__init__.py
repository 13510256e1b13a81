from . import iot_device, iot_ingest, iot_runtime, kiln_controller, kiln_firing
