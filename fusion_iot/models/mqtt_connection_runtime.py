from dataclasses import fields as dataclass_fields
from dataclasses import replace

from odoo import fields, models
from odoo.exceptions import ValidationError

from fusion_iot_core.mqtt.probe import test_connection
from fusion_iot_core.mqtt.spec import MqttSpec
from fusion_iot_core.protocol import topics

# What a connection is made with, and what is subscribed for discovery.
_TRIED = {item.name for item in dataclass_fields(MqttSpec)} - {"id"} | {"discovery"}
# The trial gets a client ID of its own that begins so.
_CLIENT_ID = "fusion"

# Changes with anything that the messages of a connection are read by.
_VERSIONS = """
    SELECT device.connection_id,
           concat_ws('/', count(*), count(*) FILTER (WHERE known.active), max(device.write_date),
                     max(known.write_date), sum(rules.count), max(rules.write_date), sum(switches.count),
                     max(switches.write_date))
      FROM mqtt_device device
      JOIN iot_device known ON known.id = device.iot_device_id
      LEFT JOIN LATERAL (SELECT count(*), max(write_date) AS write_date FROM mqtt_device_rule
                          WHERE device_id = device.id) AS rules ON true
      LEFT JOIN LATERAL (SELECT count(*), max(write_date) AS write_date FROM iot_device_switch
                          WHERE device_id = known.id) AS switches ON true
     WHERE device.connection_id = ANY(%s)
     GROUP BY device.connection_id
"""
_NEWEST_COMMANDS = """
    SELECT device.connection_id, max(command.id)
      FROM iot_command command
      JOIN mqtt_device device ON device.iot_device_id = command.device_id
     WHERE command.state = 'queued' AND command.transport = 'mqtt' AND device.connection_id = ANY(%s)
     GROUP BY device.connection_id
"""


class MqttConnection(models.Model):
    """What the runtime has to do with a connection."""

    _inherit = "mqtt.connection"

    over_count = fields.Integer(
        related="worker_id.over_count",
        help="Messages of QoS 0 that came faster than the bounds under Advanced allow, the last time that happened.",
    )
    over_since = fields.Datetime(related="worker_id.over_since")
    over_source = fields.Char(related="worker_id.over_source", help="Topic with the most messages left out.")
    too_fast_count = fields.Integer(
        related="worker_id.too_fast_count",
        help="Readings of one probe that came faster than twenty a second, for longer than some seconds.",
    )
    unlogged_count = fields.Integer(
        related="worker_id.unlogged_count",
        help="Lines that are missing under Messages: there were too many.",
    )

    def _spec(self):
        self.ensure_one()
        return self._settings()[self.id]

    def _specs(self):
        self.env.cr.execute(_VERSIONS, [self.ids])
        versions = dict(self.env.cr.fetchall())
        self.env.cr.execute(_NEWEST_COMMANDS, [self.ids])
        commands = dict(self.env.cr.fetchall())
        return {
            connection_id: replace(
                spec,
                routes_version=versions.get(connection_id, ""),
                newest_command=commands.get(connection_id, 0),
            )
            for connection_id, spec in self._settings().items()
        }

    def _settings(self):
        """The settings of each, by id, the secrets of all opened at once."""
        opened = self._open_secrets("password", "client_key")
        return {
            connection.id: MqttSpec.of(
                connection, opened[connection.id], connection._secret_trouble(opened[connection.id])
            )
            for connection in self.sudo()
        }

    def _filters(self):
        """What is subscribed: the patterns of the devices, and the discovery's."""
        self.ensure_one()
        filters = self._origin.sudo().device_ids.mapped("topic_pattern")
        if self.discovery and self.discovery_filter:
            filters.append(self.discovery_filter)
        return topics.without_covered(filters)

    def _tried_fields(self):
        return _TRIED

    def _complete_tried(self):
        if not self.host:
            raise ValidationError(self.env._("Enter the host of the broker first."))
        self.name = self.name or self.host
        self.client_id = self.client_id or _CLIENT_ID

    def _try(self):
        result = test_connection(self._spec(), self._filters())
        return {"ok": result.ok, "milliseconds": round(result.seconds * 1000), "message": result.message}
