"""The detector for callers that have one measurement at a time."""

from __future__ import annotations

from datetime import datetime, timezone

from odoo.exceptions import UserError

from fusion_iot_core.detector import Phase

from .engine import hand, journal
from .engine.machine import Machine
from .engine.packing import Heard


class SessionDetector:
    """Moves the sessions of one device over what it is told, in the caller's transaction.

    Keeps primitives only, and no state: that is in the database, so that any number of detectors of a device, now or
    after a restart, and the engine beside them, go on from one another. What it is told is stored as any measurement.

    Times are UTC, aware or naive.
    """

    def __init__(self, device_id: int, device_name: str) -> None:
        self.device_id = device_id
        self.device_name = device_name

    def process_power_event(self, env, power: float, ts: datetime) -> Phase:
        """The device drew ``power`` (W) at ``ts``.

        :returns: what the machine is doing after that
        """
        at = _aware(ts)
        heard = Heard(self.device_id, self._channel(env), at, at, float(power), None)
        journal.append(env.cr, [heard])
        return self._handle(env, hand.look, at)

    def check_timeout(self, env, now: datetime) -> Phase:
        """Have happen what is due by ``now`` if the device says nothing more: debounces, and the end by silence.

        :returns: what the machine is doing after that
        """
        return self._handle(env, hand.silence, _aware(now))

    def _channel(self, env) -> str:
        device = env["iot.device"].browse(self.device_id)
        if device.session_channel:
            return device.session_channel
        state = (
            env["iot.session.state"].sudo().search_fetch([("device_id", "=", self.device_id)], ["channel"])
        )
        return state.channel or ""

    def _handle(self, env, act: hand.Act, now: datetime) -> Phase:
        return self._machine(env, hand.handle(env, [self.device_id], act, now)).state.phase

    def _machine(self, env, machines: dict[int, Machine]) -> Machine:
        try:
            return machines[self.device_id]
        except KeyError:
            raise UserError(
                env._("%s has no sessions: choose a session strategy first.", self.device_name)
            ) from None


def _aware(at: datetime) -> datetime:
    return at.replace(tzinfo=timezone.utc) if at.tzinfo is None else at.astimezone(timezone.utc)
