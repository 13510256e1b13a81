from . import iot_box_pairing, mqtt_discovery_setup, mqtt_paste
