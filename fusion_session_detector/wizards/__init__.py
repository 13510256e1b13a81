from . import mqtt_session_reason

# isort: split
# The mixin must be known before the dialogs that inherit from it.
from . import iot_session_what_if, mqtt_session_correction, mqtt_session_entry, mqtt_session_split
