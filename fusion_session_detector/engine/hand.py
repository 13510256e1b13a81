"""Moving machines from outside the engine: a person's word, changed settings.

It is done on the stored state, which is locked and first brought up to date from the journal, in the caller's
transaction. The higher revision that it leaves behind tells the engine to go on from there.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection
from datetime import datetime, timezone

from odoo.addons.fusion_iot.runtime.transient import is_transient

from fusion_iot_core.detector import Event, SessionState, manual_start, manual_stop, tick

from . import aside, journal, store
from .announcing import announce_events, tell_events
from .machine import Machine

_logger = logging.getLogger(__name__)

MOVED = "moved"

Act = Callable[[Machine, datetime], tuple[SessionState, list[Event]]]
"""What is done to a machine at a time by its own clock: its state after that, and what happened."""


def look(machine: Machine, now: datetime) -> tuple[SessionState, list[Event]]:
    """Nothing but what has come by now."""
    return machine.state, []


def start(machine: Machine, now: datetime) -> tuple[SessionState, list[Event]]:
    """Start a session."""
    return manual_start(machine.state, machine.config, now)


def stop(machine: Machine, now: datetime) -> tuple[SessionState, list[Event]]:
    """End the running session."""
    return manual_stop(machine.state, machine.config, now)


def silence(machine: Machine, now: datetime) -> tuple[SessionState, list[Event]]:
    """Have happen what is due by now."""
    return tick(machine.state, machine.config, now)


def retire(machine: Machine, now: datetime) -> tuple[SessionState, list[Event]]:
    """There are no more sessions of this machine: the running one ends with its last message."""
    last_at = machine.last_at or now
    stopped, events = manual_stop(machine.state, machine.config, last_at)
    return SessionState(last_at=stopped.last_at, said=stopped.said, step_wh=stopped.step_wh), events


def handle(env, device_ids: Collection[int], act: Act, now: datetime | None = None) -> dict[int, Machine]:
    """Do something to machines that have sessions.

    Nothing is done to a machine that is set aside.

    :param now: the server's time, aware UTC; by default that of now
    :returns: the machines as they are then, with what happened in ``events``, by device id. Nothing is committed.
    """
    now = now or datetime.now(timezone.utc)
    env.flush_all()
    cr = env.cr
    loaded, faults = store.load(env, device_ids, locked=True)
    heard = defaultdict(list)
    if loaded:
        for item in journal.read_of(cr, [machine.device_id for machine in loaded]):
            heard[item.device_id].append(item)
    store.find_channels(cr, loaded, heard)
    machines = []
    for machine in loaded:
        try:
            machine.known_until(machine.last_at)
            machine.advance(machine.hear(heard[machine.device_id]))
            machine.state, events = act(machine, machine.now(now))
        except Exception as error:
            if is_transient(error):
                raise
            _logger.exception("%s is set aside: it makes no sessions.", machine.identifier)
            faults.append(aside.Fault(machine.device_id, machine.revision, aside.describe(error)))
            continue
        machine.events += events
        machines.append(machine)
    aside.store(env, faults)
    store.write_states(cr, machines, from_outside=True)
    database = database_uuid(env)
    store.write_events(env, machines, database)
    announce_events(env, tell_events(machines, database))
    tell_moved(cr)
    env["mqtt.session"].invalidate_model()
    env["iot.session.state"].invalidate_model()
    env["iot.device"].invalidate_model(
        ["session_state", "current_power_w", "session_state_at", "session_held", "running_session_id"]
    )
    return {machine.device_id: machine for machine in machines}


def tell_moved(cr) -> None:
    """Have the engine look for machines that were moved, after the commit."""
    cr.execute("SELECT pg_notify(%s, %s)", [journal.CHANNEL, MOVED])


def database_uuid(env) -> str:
    """What the ids of sessions are derived from."""
    return env["ir.config_parameter"].sudo().get_param("database.uuid")
