"""MQTT connections, for the supervisor."""

from __future__ import annotations

from collections.abc import Mapping

from fusion_iot_core.mqtt.spec import MqttSpec

from ..kinds import Tenure
from .worker import MqttWorker


class MqttKind:
    """One worker for every `mqtt.connection` that is started."""

    name = "mqtt"

    def wanted(self, env) -> Mapping[int, tuple[int, object]]:
        """The connections that should be up."""
        return env["mqtt.connection"]._runtime_wanted()

    def worker(self, spec: MqttSpec, tenure: Tenure) -> MqttWorker:
        """A client for one connection."""
        return MqttWorker(spec, tenure)
