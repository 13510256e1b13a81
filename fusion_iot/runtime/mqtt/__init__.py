"""MQTT connections as a kind of runtime worker."""
