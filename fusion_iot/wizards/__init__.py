from . import mqtt_connection_test, mqtt_discovery_setup, mqtt_paste
