"""What is left out because there is too much of it, and how people hear of that."""

from __future__ import annotations

import logging
import time

from fusion_iot_core.mqtt.gate import Gate, Rates
from fusion_iot_core.mqtt.message_log import MessageLog
from fusion_iot_core.mqtt.reader import Intake, Reader
from fusion_iot_core.mqtt.spec import MqttSpec

from ..committer import Committer, Fenced, Retry
from ..kinds import Health

_logger = logging.getLogger(__name__)

TOLD_EVERY_S = 60.0


class Surplus:
    """The bounds of one connection, and what was over them.

    :ivar gate: the bounds on messages of QoS 0
    """

    def __init__(self, spec: MqttSpec, reader: Reader, log: MessageLog) -> None:
        self._spec = spec
        self._reader = reader
        self._log = log
        self._router = reader.router
        self.gate = Gate(_rates(spec), reader.router)
        self._told = (0, 0, 0, 0)
        self._due = 0.0

    def use(self, spec: MqttSpec) -> None:
        """Take over settings and devices as they are now."""
        if _rates(spec) != _rates(self._spec) or self._reader.router is not self._router:
            self._router = self._reader.router
            self.gate.use(_rates(spec), self._router)
        self._spec = spec

    def learn(self, intake: Intake) -> None:
        """Who is not set up and measures something is not hidden by the noise of others."""
        for reading in intake.readings:
            if reading.route is None and reading.measurements and not reading.inbound.qos:
                self.gate.recognised(reading.inbound.message.topic)

    def describe(self, health: Health) -> None:
        """Enter what was left out."""
        overflow = self.gate.overflow
        health.over_count = overflow.count
        health.over_since, health.over_last = overflow.since, overflow.last
        health.over_source = overflow.worst[:255]
        # By the names of fields that `iot.runtime.worker` has for workers of this kind.
        counts = {
            "too_fast_count": self._reader.too_fast.count,
            "unlogged_count": self._log.skipped,
            "retained_count": self._reader.stale.count,
        }
        health.details = {name: count for name, count in counts.items() if count}

    def tell(self, committer: Committer) -> None:
        """Once a minute, say in the log and on the devices what was left out since the last time."""
        if (now := time.monotonic()) < self._due:
            return
        counts = (
            self.gate.overflow.total,
            self._reader.too_fast.count,
            self._log.skipped,
            self._reader.stale.count,
        )
        if counts == self._told:
            return
        self._due = now + TOLD_EVERY_S
        over, too_fast, unlogged, stale = (
            count - told for count, told in zip(counts, self._told, strict=True)
        )
        self._told = counts
        name = self._spec.name
        if over:
            _logger.warning(
                "%s: %s message(s) of QoS 0 came too fast and were left out, most of them of %s.",
                name,
                over,
                self.gate.overflow.worst,
            )
        if too_fast:
            _logger.warning("%s: %s reading(s) came too fast to be kept all.", name, too_fast)
        if unlogged:
            _logger.info(
                "%s: %s line(s) are missing in the message log: there were too many.", name, unlogged
            )
        if stale:
            _logger.warning(
                "%s: %s message(s) that the broker had kept for us came marked as retained: of unknown age, they "
                "are no readings. This broker cannot keep messages for an absent server.",
                name,
                stale,
            )
        self._tell_devices(committer)

    def _tell_devices(self, committer: Committer) -> None:
        devices = self.gate.overflow.take_devices()
        if not devices:
            return
        try:
            committer.run(lambda env: env["mqtt.device"]._note_over(devices))
        except Fenced:
            raise
        except Retry as exc:
            _logger.info("%s: the devices could not be told what was left out: %s", self._spec.name, exc)
        except Exception:  # what is only said must not stop what is done
            _logger.exception("%s: the devices could not be told what was left out", self._spec.name)


def _rates(spec: MqttSpec) -> Rates:
    return Rates(spec.topic_rate, spec.device_rate, spec.connection_rate)
