"""Machines that are set aside: what is wrong with one of them must not stop the sessions of the others.

A machine whose words cannot be worked out, or whose state or sessions cannot be stored, is left out from then on:
what it says makes no sessions until somebody puts it back. Its running session ends with the last message that was
stored. The fault stands in its state, and in the runtime's view.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from odoo.addons.fusion_iot.runtime.transient import is_transient

from .columns import columns
from .machine import Machine
from .session_table import close_running
from .strategies import ENGINE_STRATEGIES

KIND = "session_machine"
"""Of the rows that the runtime's view has of machines that are set aside."""
LONGEST_FAULT = 500

_STORE = """
    UPDATE iot_session_state AS known
       SET fault = new.fault, fault_at = now() AT TIME ZONE 'UTC'
      FROM unnest(%(device_id)s::int[], %(revision)s::int[], %(fault)s::text[]) AS new(device_id, revision, fault)
     WHERE known.device_id = new.device_id AND known.revision = new.revision
 RETURNING known.device_id
"""
_ASIDE = """
    SELECT device.id, device.name, device.company_id, state.fault, state.fault_at
      FROM iot_session_state state JOIN iot_device device ON device.id = state.device_id
     WHERE state.fault IS NOT NULL AND device.active AND device.session_strategy = ANY(%(strategies)s)
"""
_UNLIST = f"""
    DELETE FROM iot_runtime_worker WHERE kind = '{KIND}' AND res_id NOT IN (SELECT aside.id FROM ({_ASIDE}) AS aside)
"""
_LIST = f"""
    INSERT INTO iot_runtime_worker
           (kind, res_model, res_id, name, company_id, state, state_since, listed_at, last_error, last_error_at)
    SELECT '{KIND}', 'iot.device', aside.id, aside.name, aside.company_id, 'failed', aside.fault_at, aside.fault_at,
           aside.fault, aside.fault_at
      FROM ({_ASIDE}) AS aside
    ON CONFLICT (kind, res_id) DO UPDATE
       SET name = excluded.name, company_id = excluded.company_id, state = 'failed',
           state_since = excluded.state_since, last_error = excluded.last_error,
           last_error_at = excluded.last_error_at
     WHERE (iot_runtime_worker.name, iot_runtime_worker.company_id, iot_runtime_worker.last_error_at)
           IS DISTINCT FROM (excluded.name, excluded.company_id, excluded.last_error_at)
"""


class Fault(NamedTuple):
    """Why a machine is to be set aside.

    :ivar revision: of the stored state that it follows from
    """

    device_id: int
    revision: int
    text: str


def describe(error: BaseException) -> str:
    """An error, for people."""
    text = " ".join(str(error).split())[:LONGEST_FAULT].replace("\0", "")
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def write_apart(
    cr,
    machines: Sequence[Machine],
    write: Callable[[Sequence[Machine]], None],
    blame: Callable[[Machine, Exception], None],
) -> list[Machine]:
    """Write machines as a set; where that fails, find those at fault by halves and write the others.

    :param write: writes some of them, and is called again for fewer after it has failed
    :param blame: is told of a machine that cannot be written, and why
    :returns: the machines that are written. Raises what is no machine's fault.
    """
    if not machines:
        return []
    try:
        with cr.savepoint(flush=False):
            write(machines)
    except Exception as error:
        if is_transient(error):
            raise
        # What other addons have in memory of what is rolled back must not be written later.
        cr.transaction.clear()
        if len(machines) == 1:
            blame(machines[0], error)
            return []
        half = len(machines) // 2
        return [
            *write_apart(cr, machines[:half], write, blame),
            *write_apart(cr, machines[half:], write, blame),
        ]
    return list(machines)


def store(env, faults: Iterable[Fault]) -> list[int]:
    """Set machines aside, unless somebody else has moved them meanwhile.

    :returns: the ids of those that are set aside
    """
    rows = [(fault.device_id, fault.revision, fault.text) for fault in faults]
    if not rows:
        return []
    cr = env.cr
    cr.execute(_STORE, columns(("device_id", "revision", "fault"), rows))
    device_ids = [device_id for (device_id,) in cr.fetchall()]
    for device_id in device_ids:
        _end_session(env, device_id)
    list_in_runtime(cr)
    return device_ids


def list_in_runtime(cr) -> None:
    """Have the runtime's view show the machines that are set aside, and no others."""
    values = {"strategies": list(ENGINE_STRATEGIES)}
    cr.execute(_UNLIST, values)
    cr.execute(_LIST, values)


def _end_session(env, device_id: int) -> None:
    """End what was running: without other addons where they are at fault. Where not even that works, it stays."""
    for followed in (True, False):
        try:
            with env.cr.savepoint(flush=False):
                close_running(env, [device_id], "fault", followed=followed)
        except Exception as error:
            if is_transient(error):
                raise
            env.transaction.clear()
        else:
            return
