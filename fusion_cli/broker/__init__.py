"""The MQTT broker of a stack: Mosquitto with a configuration of our own."""
