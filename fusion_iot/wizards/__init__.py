from . import iot_box_pairing, mqtt_connection_test, mqtt_discovery_setup, mqtt_paste
