from . import fp_probe_replace, mqtt_discovery_setup
