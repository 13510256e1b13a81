"""From what happened to a machine to the rows of its sessions. No Odoo here."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from fusion_iot_core.detector import (
    Event,
    Heartbeat,
    Phase,
    Session,
    SessionEnded,
    SessionStarted,
    SessionVoided,
    StateChanged,
    Turns,
)

from .columns import iso
from .machine import Machine

History = list[list[str]]
"""``[time (ISO), phase]``"""
_OFF = (Phase.IDLE, Phase.STARTING)


@dataclass(slots=True)
class SessionRow:
    """A session as it is to be stored.

    :ivar phase: what the machine is doing in it; ``idle`` when it is over
    :ivar power_w: the power of the last message
    :ivar history: changes of phase that are not stored yet
    :ivar void: it was none: it is not to be stored, or not any more
    """

    session_id: str
    device_id: int
    session: Session
    phase: str
    power_w: float
    last_at: datetime | None
    by_hand: bool = False
    history: History = field(default_factory=list)
    void: bool = False

    @property
    def running(self) -> bool:
        """Whether it goes on."""
        return self.session.end_at is None


def session_uuid(database: str, device_id: int, start_at: datetime) -> str:
    """The id of a session: the same whenever and by whatever process it is found.

    :param database: the UUID of the database
    """
    return str(uuid.uuid5(uuid.UUID(database), f"session/{device_id}/{iso(start_at)}"))


def in_session(event: Event) -> bool:
    """Whether it happened in a session: power that comes and goes before it is one is nothing to store."""
    return not (isinstance(event, StateChanged) and event.before in _OFF and event.after in _OFF)


def _turns(turns: Turns) -> History:
    """What a start or a return turned out to be, where it was not the same all the time."""
    return [[iso(at), (Phase.WORKING if working else Phase.STANDBY).value] for at, working in turns]


def session_rows(machine: Machine, events: Sequence[Event], database: str) -> list[SessionRow]:
    """The rows that change by ``events``, in order of time; the last one is the running session if there is one."""
    rows: list[SessionRow] = []
    history: History = []
    by_hand = False

    def row(session: Session, phase: str, power_w: float, last_at: datetime | None) -> SessionRow:
        session_id = session_uuid(database, machine.device_id, session.start_at)
        return SessionRow(session_id, machine.device_id, session, phase, power_w, last_at, by_hand, history)

    for event in events:
        match event:
            case SessionStarted():
                by_hand = event.by_hand
                history = [] if by_hand else [[iso(event.session.start_at), Phase.STARTING.value]]
                if len(event.turns) > 1:
                    history += _turns(event.turns)
            case StateChanged() if in_session(event) and event.after is not Phase.IDLE:
                if event.before is Phase.STOPPING and event.turns and event.turns[0][0] < event.at:
                    history += _turns(event.turns)
                history.append([iso(event.at), event.after.value])
            case SessionEnded():
                session = event.session
                rows.append(row(session, Phase.IDLE.value, session.end_power_w or 0.0, session.end_at))
                history, by_hand = [], False
            case SessionVoided():
                rows.append(
                    replace(row(event.session, Phase.IDLE.value, 0.0, event.session.end_at), void=True)
                )
                history, by_hand = [], False
            case StateChanged() | Heartbeat():
                pass
    running = machine.state.session
    if running:
        rows.append(row(running, machine.state.phase.value, machine.state.power_w, machine.last_at))
    return rows
