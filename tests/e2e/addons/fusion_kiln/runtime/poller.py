"""Asks a kiln for its temperature, and tells it its setpoint, a line at a time over TCP."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timezone

from odoo.addons.fusion_iot.runtime.async_worker import AsyncWorker

from fusion_iot_core.protocol import Measurement

KIND, TRANSPORT, SOURCE = "kiln", "kiln", "kiln"
ANSWERS_WITHIN_S = 5.0
MOST_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class KilnSpec:
    """Settings of one kiln.

    :ivar device_id: its `iot.device`
    :ivar identifier: of that device
    :ivar interval: seconds between two questions
    :ivar newest_command: a change of it says that there is something to send
    """

    name: str
    host: str
    port: int
    interval: float
    device_id: int
    identifier: str
    newest_command: int = 0


class KilnPoller(AsyncWorker):
    """One kiln."""

    expected = (OSError, asyncio.TimeoutError, ValueError)

    def __init__(self, spec, tenure):
        super().__init__(spec, tenure, spec.name, f"kiln.{spec.device_id}")

    def _takes(self, spec):
        return (spec.host, spec.port) == (self._spec.host, self._spec.port)

    async def _serve(self):
        spec = self._spec
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(spec.host, spec.port), ANSWERS_WITHIN_S
        )

        async def ask(line):
            writer.write(line.encode() + b"\n")
            answer = await asyncio.wait_for(reader.readline(), ANSWERS_WITHIN_S)
            if not answer:
                raise ConnectionError("The kiln has closed the connection.")
            return answer.decode("ascii", "replace").strip()

        try:
            while not self._stopping.is_set():
                self._spec = self._wanted
                outcomes = {}
                # Marked as sent and committed before anything is sent: what dies in between sends nothing twice.
                for command_id, setpoint in await self._commit(self._taken):
                    answer = await ask(f"SET {setpoint}")
                    outcomes[command_id] = (answer == "OK", f"The kiln says {answer}.", None)
                temperature, at = float(await ask("GET")), datetime.now(timezone.utc)
                await self._commit(lambda env: self._note(env, outcomes, temperature, at))  # noqa: B023
                if self._health.state != "connected":
                    self._up()
                await self._pause(self._spec.interval)
        finally:
            writer.close()

    def _taken(self, env):
        commands = env["iot.command"]._take(TRANSPORT, [self._spec.device_id], MOST_AT_ONCE)
        return [(command.id, command.data["setpoint"]) for command in commands]

    def _note(self, env, outcomes, temperature, at):
        env["iot.command"]._conclude(outcomes)
        reading = Measurement(self._spec.identifier, temperature, "temperature", "°C", at, channel="chamber")
        env["iot.ingest"].ingest([reading], source=SOURCE)


class KilnKind:
    """The kilns that are started."""

    name = KIND

    def wanted(self, env):
        """Their settings."""
        return env["kiln.controller"]._runtime_wanted()

    def worker(self, spec, tenure):
        """A poller, not started yet."""
        return KilnPoller(spec, tenure)
