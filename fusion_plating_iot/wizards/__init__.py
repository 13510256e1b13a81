from . import fp_ingest_token_rotate, fp_probe_replace, mqtt_discovery_setup
