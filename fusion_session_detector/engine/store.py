"""Machines between memory and database: their stored states, and the sessions that follow from what happened.

A state and the sessions that follow from it are written in one transaction, so that whoever loads the state goes on
exactly from there.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timezone

from odoo.addons.fusion_iot.runtime.transient import is_transient

from fusion_iot_core.detector import SessionState

from .aside import Fault, describe
from .columns import columns, naive
from .machine import Machine
from .packing import BACK, GONE, Heard
from .sample_channels import choose
from .session_rows import session_rows
from .session_table import write_sessions
from .strategies import ENGINE_STRATEGIES

_logger = logging.getLogger(__name__)

_STATES = """
    SELECT device_id, state, last_at, received_at, logged_at, channel, revision
      FROM iot_session_state WHERE device_id = ANY(%s) AND fault IS NULL ORDER BY device_id
"""
_REVISIONS = """
    SELECT state.device_id, state.revision
      FROM iot_session_state state
      JOIN iot_device device ON device.id = state.device_id
     WHERE device.active AND device.session_strategy = ANY(%s) AND state.fault IS NULL
"""
_LOCK = """
    SELECT device_id, revision FROM iot_session_state WHERE device_id = ANY(%s) ORDER BY device_id
       FOR NO KEY UPDATE SKIP LOCKED
"""
_NAMES = ("device_id", "state", "phase", "power_w", "last_at", "received_at", "channel", "logged_at")
_WRITE = """
    UPDATE iot_session_state AS known
       SET state = new.state, phase = new.phase, power_w = new.power_w, last_at = new.last_at,
           received_at = new.received_at, channel = new.channel,
           logged_at = coalesce(new.logged_at, known.logged_at), revision = known.revision + %(step)s
      FROM unnest(%(device_id)s::int[], %(state)s::jsonb[], %(phase)s::text[], %(power_w)s::float8[],
                  %(last_at)s::timestamp[], %(received_at)s::timestamp[], %(channel)s::text[],
                  %(logged_at)s::timestamp[])
        AS new(device_id, state, phase, power_w, last_at, received_at, channel, logged_at)
     WHERE known.device_id = new.device_id
"""
_CHANNELS = """
    SELECT device_id, coalesce(channel, '') FROM iot_device_channel
     WHERE quantity = 'power' AND device_id = ANY(%s)
"""


def revisions(cr) -> dict[int, int]:
    """The revision of every machine's stored state, by device id; without those that are set aside."""
    cr.execute(_REVISIONS, [list(ENGINE_STRATEGIES)])
    return dict(cr.fetchall())


def lock(cr, device_ids: Collection[int]) -> dict[int, int]:
    """Lock states as far as nobody else has them, in the order of ids.

    :returns: the revisions of those that are locked
    """
    cr.execute(_LOCK, [list(device_ids)])
    return dict(cr.fetchall())


def load(env, device_ids: Collection[int], locked: bool = False) -> tuple[list[Machine], list[Fault]]:
    """Machines as they are stored, in the order of ids; without those that have no sessions or are set aside.

    :param locked: lock their states, waiting for others; raises what PostgreSQL does where it cannot
    :returns: the machines, and what is wrong with those that cannot be loaded
    """
    env.cr.execute(_STATES + (" FOR NO KEY UPDATE" if locked else ""), [list(device_ids)])
    rows = env.cr.fetchall()
    devices = env["iot.device"].sudo().with_context(active_test=False)
    devices = devices.browse([row[0] for row in rows])
    workers = devices._runtime_workers()
    machines, faults = [], []
    for device, row in zip(devices, rows, strict=True):
        if not device._with_sessions():
            continue
        try:
            machines.append(_machine(device, device._session_config(), workers.get(device.id, ()), row[1:]))
        except Exception as error:
            if is_transient(error):
                raise
            _logger.error("%s is set aside, it cannot be loaded: %s", device.identifier, error)
            faults.append(Fault(device.id, row[-1], describe(error)))
    return machines, faults


def _machine(device, config, workers, row) -> Machine:
    stored, last_at, received_at, logged_at, channel, revision = row
    machine = Machine(
        device_id=device.id,
        identifier=device.identifier,
        config=config,
        company_id=device.company_id.id or None,
        workers=tuple(workers),
        channel=device.session_channel or channel,
        state=SessionState.from_dict(stored) if stored else SessionState(),
        revision=revision,
        last_at=_aware(last_at),
        received_at=_aware(received_at),
        heard_at=None,
    )
    machine.known_until(_aware(logged_at))
    return machine


def find_channels(cr, machines: Iterable[Machine], heard: Mapping[int, Sequence[Heard]]) -> None:
    """Tell machines which channel measures them, where that can be told by now.

    :param heard: what they say now, by device id; it counts for machines that nothing else is known of
    """
    unsettled = {machine.device_id: machine for machine in machines if machine.channel is None}
    if not unsettled:
        return
    cr.execute(_CHANNELS, [list(unsettled)])
    known = defaultdict(set)
    for device_id, channel in cr.fetchall():
        known[device_id].add(channel)
    for device_id, machine in unsettled.items():
        said = {
            item.channel
            for item in heard.get(device_id, ())
            if item.power_w is not None and item.power_w not in (GONE, BACK)
        }
        machine.channel = choose(known.get(device_id) or said)


def write_states(
    cr, machines: Sequence[Machine], *, logged: bool = False, from_outside: bool = False
) -> None:
    """Store the states of machines whose rows are locked.

    :param logged: their samples go to the power log in the same transaction
    :param from_outside: it is not the engine that writes, and the engine has to notice
    """
    if not machines:
        return
    rows = [
        (
            machine.device_id,
            json.dumps(machine.state.to_dict(), allow_nan=False),
            machine.state.phase.value,
            machine.state.power_w,
            naive(machine.last_at),
            naive(machine.received_at),
            machine.channel,
            naive(machine.heard_at) if logged else None,
        )
        for machine in machines
    ]
    values = {**columns(_NAMES, rows), "step": int(from_outside)}
    cr.execute(_WRITE, values, log_exceptions=False)


def write_events(env, machines: Iterable[Machine], database: str) -> None:
    """Store what happened in sessions, and what they amount to by now."""
    rows = [row for machine in machines for row in session_rows(machine, machine.events, database)]
    write_sessions(env, rows)


def _aware(at: datetime | None) -> datetime | None:
    return at and at.replace(tzinfo=timezone.utc)
