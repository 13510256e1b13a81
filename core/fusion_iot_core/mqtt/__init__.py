"""An MQTT client that acknowledges what was stored, and what its messages mean. Needs paho-mqtt."""
