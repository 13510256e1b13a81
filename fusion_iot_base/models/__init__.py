from . import iot_ingest, iot_nudge, ir_http
