"""A small plating line that does not exist: physics, probes and a sender.

`python -m fusion_cli.simulator` plays it against a running server over the public interface
`POST /fp/iot/ingest`. The model (`tank`, `solution`, `probe`, `plant`, `incident`, `script`, `line`) is pure
and seeded: the same start and seed give the same readings. `outbox`, `poster` and `feed` bring them to the
server whatever happens on the way.
"""
