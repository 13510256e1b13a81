"""What open screens and other consumers are told of machines, over the bus.

What is told says something, other than a nudge: it reaches those users only who may see the machine.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import islice

from fusion_iot_core.detector import (
    EndReason,
    Event,
    Heartbeat,
    Session,
    SessionEnded,
    SessionStarted,
    SessionVoided,
    StateChanged,
)

from .columns import iso
from .machine import Machine
from .session_rows import in_session, session_uuid

GROUP = "fusion_iot.group_iot_user"
MOST_AT_ONCE = 200


Told = list[tuple[int | None, list[dict[str, object]]]]
"""Company and events of machines."""


def tell_events(machines: Iterable[Machine], database: str) -> Told:
    """What there is to tell of machines, for :func:`announce_events`.

    An event has ``event`` (``session_started``, ``session_updated``, ``session_heartbeat``, ``session_stopped``,
    ``session_timeout``, ``session_void``: it was none), ``event_uid``, ``device_id`` (record), ``device``
    (identifier), ``session_id`` (UUID), ``timestamp`` (ISO), ``power_w``, ``state``, and in heartbeats and at the end
    ``interval_working_s`` and ``interval_standby_s``. An event that is told twice has the same ``event_uid``.
    """
    return [(machine.company_id, _events(machine, database)) for machine in machines]


def announce_events(env, told: Told) -> None:
    """Tell what happened: ``fusion_iot/session`` with ``{"events": [...]}`` after the commit, and a nudge."""
    by_company: dict[int | None, list[dict[str, object]]] = defaultdict(list)
    for company_id, events in told:
        by_company[company_id] += events
    for company_id, events in by_company.items():
        rest = iter(events)
        while part := list(islice(rest, MOST_AT_ONCE)):
            _send(env, company_id, "fusion_iot/session", {"events": part})
    device_ids = {event["device_id"] for _company, events in told for event in events}
    if device_ids:
        env["iot.nudge"]._nudge(GROUP, ("session",), {"device_ids": sorted(device_ids)})


def announce_machines(env, machines: Mapping[int, Machine]) -> None:
    """Tell what machines draw now: ``fusion_iot/machines`` with ``{"machines": {device id: {"power_w", "phase",
    "at", "channel"}}}``; too many of them are a nudge to fetch them all."""
    if len(machines) > MOST_AT_ONCE:
        env["iot.nudge"]._nudge(GROUP, ("session",), {})
        return
    told: dict[int | None, dict[str, object]] = defaultdict(dict)
    for device_id, machine in machines.items():
        told[machine.company_id][str(device_id)] = {
            "power_w": machine.state.power_w,
            "phase": machine.state.phase.value,
            "at": machine.last_at and iso(machine.last_at),
            "channel": machine.channel,
        }
    for company_id, part in told.items():
        _send(env, company_id, "fusion_iot/machines", {"machines": part})


def subchannel(company_id: int) -> str:
    """What users of the group hear of a company's machines on."""
    return f"machines-{company_id}"


def _send(env, company_id: int | None, kind: str, payload: dict[str, object]) -> None:
    heard_on = {"subchannel": subchannel(company_id)} if company_id else {}
    env.ref(GROUP)._bus_send(kind, payload, **heard_on)


def _events(machine: Machine, database: str) -> list[dict[str, object]]:
    """Changes of phase are told of the session they happened in: the next that starts or ends, or the running one."""
    told: list[dict[str, object]] = []
    waiting: list[StateChanged] = []
    current: Session | None = None
    for event in machine.events:
        if isinstance(event, StateChanged):
            if in_session(event) and event.after.value != "idle":
                waiting.append(event)
            continue
        if not isinstance(event, SessionStarted):
            told += [_told(machine, event.session, change, database) for change in waiting]
            waiting = []
        told.append(_told(machine, event.session, event, database))
        current = event.session
    current = machine.state.session or current
    if current:
        told += [_told(machine, current, change, database) for change in waiting]
    return told


def _told(machine: Machine, session: Session, event: Event, database: str) -> dict[str, object]:
    name = _name(event)
    session_id = session_uuid(database, machine.device_id, session.start_at)
    told: dict[str, object] = {
        "event": name,
        "event_uid": str(uuid.uuid5(uuid.UUID(session_id), f"{name}/{iso(event.at)}")),
        "device_id": machine.device_id,
        "device": machine.identifier,
        "session_id": session_id,
        "timestamp": iso(event.at),
    }
    match event:
        case SessionStarted():
            told |= {"power_w": session.start_power_w, "state": "starting", "by_hand": event.by_hand}
        case StateChanged():
            told |= {"power_w": event.power_w, "state": event.after.value}
        case Heartbeat():
            told |= {"power_w": event.power_w, "state": machine.state.phase.value}
        case SessionEnded():
            reason = session.end_reason and session.end_reason.value
            told |= {"power_w": session.end_power_w, "state": "idle", "end_reason": reason}
        case SessionVoided():
            told |= {"power_w": session.end_power_w, "state": "idle"}
    if isinstance(event, Heartbeat | SessionEnded):
        told |= {
            "interval_working_s": event.interval_working_s,
            "interval_standby_s": event.interval_standby_s,
            "total_working_s": session.working_s,
            "total_standby_s": session.standby_s,
            "energy_kwh": session.energy_wh / 1000,
        }
    return told


def _name(event: Event) -> str:
    match event:
        case SessionStarted():
            return "session_started"
        case StateChanged():
            return "session_updated"
        case Heartbeat():
            return "session_heartbeat"
        case SessionEnded():
            silent = event.session.end_reason is EndReason.TIMEOUT
            return "session_timeout" if silent else "session_stopped"
        case SessionVoided():
            return "session_void"
