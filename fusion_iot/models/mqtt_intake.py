import json

from odoo import models

from fusion_iot_core.mqtt.discovered import MAX_CHANNELS, MAX_RELAYS, suggest_pattern
from fusion_iot_core.mqtt.message_log import SHOWN
from fusion_iot_core.protocol.parsers import bridge_states
from fusion_iot_core.protocol.rhythm import Rhythm

from ..storable import storable

ERROR_SHOWN = 1_000
MAX_DISCOVERED = 500

_LOG = """
    INSERT INTO mqtt_message (connection_id, device_id, topic, payload, size, received_at, qos, retained, duplicate,
                              parser, state, error, measurement_count)
    SELECT %(connection)s, (SELECT id FROM mqtt_device WHERE id = logged.device_id), topic, payload, size, received_at,
           qos, retained, duplicate, parser, state, nullif(error, ''), measurement_count
      FROM unnest(%(device)s::int[], %(topic)s::text[], %(payload)s::text[], %(size)s::int[], %(at)s::timestamp[],
                  %(qos)s::int[], %(retained)s::bool[], %(duplicate)s::bool[], %(parser)s::text[], %(state)s::text[],
                  %(error)s::text[], %(count)s::int[])
        AS logged(device_id, topic, payload, size, received_at, qos, retained, duplicate, parser, state, error,
                  measurement_count)
"""
_DISCOVER = """
    INSERT INTO mqtt_discovery AS known
           (connection_id, device, parser, topic, payload, topic_pattern, channels, relays, alias, model, message_count,
            rhythm, remark, first_seen, last_seen)
    SELECT %(connection)s, device, parser, topic, payload, pattern, channels::jsonb, relays::jsonb, nullif(alias, ''),
           nullif(model, ''), count, rhythm::jsonb, nullif(remark, ''), at, at
      FROM unnest(%(device)s::text[], %(parser)s::text[], %(topic)s::text[], %(payload)s::text[], %(pattern)s::text[],
                  %(channels)s::text[], %(relays)s::text[], %(alias)s::text[], %(model)s::text[], %(count)s::int[],
                  %(rhythm)s::text[], %(remark)s::text[], %(at)s::timestamp[])
        AS seen(device, parser, topic, payload, pattern, channels, relays, alias, model, count, rhythm, remark, at)
    ON CONFLICT (connection_id, device, parser) DO UPDATE
       SET topic = excluded.topic, payload = excluded.payload, topic_pattern = excluded.topic_pattern,
           channels = excluded.channels, relays = excluded.relays, alias = coalesce(excluded.alias, known.alias),
           model = coalesce(excluded.model, known.model), remark = coalesce(excluded.remark, known.remark),
           rhythm = excluded.rhythm,
           message_count = least(known.message_count::bigint + excluded.message_count, 2147483647),
           last_seen = excluded.last_seen
    RETURNING (xmax = 0)
"""
_KNOWN = """
    SELECT device, parser, channels, relays, topic, payload, rhythm FROM mqtt_discovery
     WHERE connection_id = %s AND (device, parser) IN (SELECT * FROM unnest(%s::text[], %s::text[]))
       FOR NO KEY UPDATE
"""
_TRIM = """
    DELETE FROM mqtt_discovery
     WHERE id IN (SELECT id FROM mqtt_discovery WHERE connection_id = %s
                   ORDER BY last_seen DESC, id DESC OFFSET %s)
"""


class MqttIntake(models.AbstractModel):
    """What a batch of MQTT messages does to the database, in the transaction of the runtime."""

    _name = "mqtt.intake"
    _description = "MQTT Intake"

    def _take(self, connection_id, log, intake):
        """Take a batch: measurements through `iot.ingest`, the rest to the devices, the log and the discovery.

        :param log: the connection's :class:`fusion_iot_core.mqtt.message_log.MessageLog`
        :param intake: a :class:`fusion_iot_core.mqtt.reader.Intake`
        """
        measurements = [item for reading in intake.readings for item in reading.measurements]
        devices = self.env["iot.device"]
        charged = devices._of_charged(measurements)
        devices._lock_to_note({*intake.presences, *intake.infos, *charged})
        if measurements:
            self.env["iot.ingest"].ingest(measurements, source="mqtt", received_at=intake.received_at)
        if intake.presences:
            devices._note_presence(intake.presences, intake.received_at.replace(tzinfo=None))
        if intake.infos:
            devices._note_info(intake.infos)
        if intake.relays:
            at = intake.received_at.replace(tzinfo=None)
            # Nobody knows since when what the broker had kept is so.
            states = {each: (on, None if retained else at) for each, (on, retained) in intake.relays.items()}
            self.env["iot.device.switch"]._note_states(states)
        if intake.heard:
            devices._note_seen(intake.heard, intake.received_at.replace(tzinfo=None))
        for bridge in bridge_states(reading.inbound.message for reading in intake.readings):
            behind = self.env["mqtt.device"]._behind(connection_id, bridge.base)
            devices._note_reach(behind, bridge.online, bridge.at)
        for device_id, voice in sorted(intake.voices.items()):
            self.env.cr.execute("UPDATE mqtt_device SET main_voice = %s WHERE id = %s", [voice, device_id])
        if intake.logged:
            entries = [(reading, _state(reading), reading.error) for reading in intake.logged]
            self._log(connection_id, log, entries)
        if intake.discovered:
            self._discover(connection_id, intake.discovered)
        if intake.discovered or intake.presences or intake.infos:
            self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ("mqtt",), {})

    def _bury(self, connection_id, log, reading, error):
        """Keep a message that could not be processed, whatever the connection logs otherwise."""
        self._log(connection_id, log, [(reading, "poison", error)])

    def _log(self, connection_id, log, entries):
        rows = []
        for reading, state, error in entries:
            inbound, message = reading.inbound, reading.inbound.message
            rows.append(
                (
                    reading.route.id if reading.route else None,
                    storable(message.topic),
                    storable(message.payload[:SHOWN].decode("utf-8", "backslashreplace")),
                    len(message.payload),
                    message.received_at.replace(tzinfo=None),
                    inbound.qos,
                    message.retained,
                    inbound.duplicate,
                    reading.parser,
                    state,
                    storable(error[:ERROR_SHOWN]),
                    len(reading.measurements),
                )
            )
        names = (
            *("device", "topic", "payload", "size", "at", "qos", "retained", "duplicate"),
            *("parser", "state", "error", "count"),
        )
        self.env.cr.execute(_LOG, {"connection": connection_id, **_columns(names, rows)})
        messages = self.env["mqtt.message"]
        messages.invalidate_model()
        if log.written([reading for reading, *_rest in entries]):
            messages._trim(connection_id)

    def _discover(self, connection_id, discovered):
        cr = self.env.cr
        found = {(storable(item.device), item.parser): item for item in discovered}
        keys = sorted(found)
        cr.execute(_KNOWN, [connection_id, *(list(column) for column in zip(*keys, strict=True))])
        known = {(device, parser): rest for device, parser, *rest in cr.fetchall()}
        rows = [_discovery_row(key, found[key], *known.get(key, ([], {}, "", "", None))) for key in keys]
        names = (
            "device",
            "parser",
            "topic",
            "payload",
            "pattern",
            "channels",
            "relays",
            "alias",
            "model",
            "count",
            "rhythm",
            "remark",
            "at",
        )
        cr.execute(_DISCOVER, {"connection": connection_id, **_columns(names, rows)})
        if any(new for (new,) in cr.fetchall()):
            cr.execute(_TRIM, [connection_id, MAX_DISCOVERED])
        self.env["mqtt.discovery"].invalidate_model()


def _discovery_row(key, item, channels, relays, topic, payload, rhythm):
    """What is known of a device after what was seen of it now; a sample that measures something tells more."""
    if item.channels or not channels:
        topic, payload = item.topic, item.payload.decode("utf-8", "backslashreplace")
    merged = {(entry["channel"], entry["quantity"]): entry for entry in channels or []} | item.channels
    rhythm = Rhythm.of(rhythm)
    if item.channels:
        rhythm = rhythm.heard(item.seen_at.replace(tzinfo=None))
    listed = list(merged.values())[:MAX_CHANNELS]
    return (
        *key,
        storable(topic),
        storable(payload),
        storable(suggest_pattern(item.parser, item.device, item.topic)),
        storable(json.dumps(listed, allow_nan=False)),
        storable(json.dumps(dict(list({**(relays or {}), **item.relays}.items())[:MAX_RELAYS]))),
        storable(item.alias),
        storable(item.model),
        item.count,
        json.dumps(rhythm.stored()),
        storable(item.remark),
        item.seen_at.replace(tzinfo=None),
    )


def _state(reading):
    if reading.error:
        return "problem"
    return "ok" if reading.measurements else "ignored"


def _columns(names, rows):
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
