"""What runs for as long as the server does, without being HTTP work: MQTT clients here, pollers later.

``hook`` starts a ``host`` in one thread (threaded server) or one worker process (prefork). The host has one
``supervisor`` a database, which compares what the database asks for with what is running and starts and stops
workers; a ``lease`` makes sure that no other process does the same. Each addon adds its kinds of workers to the model
`iot.runtime`; what such a kind brings stands in ``kinds``. Nothing in here imports from the models.
"""
