from . import iot_ingest, ir_http
