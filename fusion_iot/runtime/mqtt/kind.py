"""MQTT connections, for the supervisor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fusion_iot_core.mqtt.spec import MqttSpec

from ..kinds import Tenure
from .worker import MqttWorker

_VERSIONS = """
    SELECT device.connection_id,
           concat_ws('/', count(*), count(*) FILTER (WHERE known.active), max(device.write_date),
                     max(known.write_date), sum(rules.count), max(rules.write_date))
      FROM mqtt_device device
      JOIN iot_device known ON known.id = device.iot_device_id
      LEFT JOIN LATERAL (SELECT count(*), max(write_date) AS write_date FROM mqtt_device_rule
                          WHERE device_id = device.id) AS rules ON true
     WHERE device.connection_id = ANY(%s)
     GROUP BY device.connection_id
"""


class MqttKind:
    """One worker for every `mqtt.connection` that is started."""

    name = "mqtt"

    def wanted(self, env) -> Mapping[int, tuple[int, object]]:
        """The connections that should be up."""
        connections = env["mqtt.connection"].search([("enabled", "=", True)])
        if not env["iot.runtime.worker"]._at_home():
            connections = connections.browse()  # the broker would give the messages of the original to a copy
        rows = env["iot.runtime.worker"]._list(self.name, connections)
        env.cr.execute(_VERSIONS, [connections.ids])
        versions = dict(env.cr.fetchall())
        return {
            connection.id: (
                rows[connection.id],
                replace(MqttSpec.of(connection), routes_version=versions.get(connection.id, "")),
            )
            for connection in connections
        }

    def worker(self, spec: MqttSpec, tenure: Tenure) -> MqttWorker:
        """A client for one connection."""
        return MqttWorker(spec, tenure)
