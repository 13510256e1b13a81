"""What MQTT devices publish: the messages of real firmware, made from readings and the time.

Pure: the same readings and times give the same messages. Shapes: Tasmota 14 (telemetry of DS18x20) and Shelly's
Gen2+ API (Add-on, Pro 3EM, Plug S Gen3).
"""
