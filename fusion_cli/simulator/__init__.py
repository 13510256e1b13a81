"""A small plating line and a workshop that do not exist: physics, probes, machines and senders.

`python -m fusion_cli.simulator` plays it against a running server over the public interfaces: most probes hang on
MQTT devices, the others and the past go to `POST /fp/iot/ingest`; the machines of the workshop are metered by MQTT
devices. The model (`tank`, `solution`, `probe`, `plant`, `incident`, `script`, `line`, `machine`, `program`,
`workshop`, `devices`, `network`) is pure and seeded: the same start and seed give the same readings. `outbox`,
`poster` and `feed`, or `publisher`, bring them to the server whatever happens on the way.
"""
