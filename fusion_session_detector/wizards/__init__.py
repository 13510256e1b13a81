from . import iot_session_what_if, mqtt_session_split
