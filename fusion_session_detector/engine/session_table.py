"""The table of sessions, as the engine writes it: a set at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from fusion_iot_core.detector import Session

from .billing import Bill, Rates, bill
from .columns import columns, whole
from .session_rows import SessionRow

_NAMES = (
    "session_id",
    "device_id",
    "status",
    "current_state",
    "start_time",
    "end_time",
    "start_power_w",
    "end_power_w",
    "current_power_w",
    "peak_power_w",
    "energy_kwh",
    "energy_source",
    "standby_duration_s",
    "working_duration_s",
    "last_message_time",
    "end_reason",
    "started_by_hand",
    "state_history",
    "standby_units",
    "working_units",
    "energy_units",
    "amount",
    "currency_id",
)
_TYPES = (
    *("text", "int", "text", "text", "timestamp", "timestamp"),
    *("float8",) * 5,
    "text",
    *("float8",) * 2,
    *("timestamp", "text", "bool", "jsonb"),
    *("float8",) * 4,
    "int",
)
MOST_CHANGES = 5000
"""A history that has grown to so many changes of state is not continued: the machine flutters."""

_NEW = f"""
    SELECT *, standby_duration_s + working_duration_s AS total_duration_s
      FROM unnest({", ".join(f"%({name})s::{kind}[]" for name, kind in zip(_NAMES, _TYPES, strict=True))})
        AS new({", ".join(_NAMES)})
"""
_MOVING = (
    *("status", "current_state", "end_time", "end_power_w", "current_power_w", "peak_power_w", "energy_kwh"),
    "energy_source",
    *("standby_duration_s", "working_duration_s", "total_duration_s", "last_message_time", "end_reason"),
    *("standby_units", "working_units", "energy_units", "amount", "currency_id"),
)
AN_HOUR_S = 3600
HOURS = {f"{name}_duration_h": f"{name}_duration_s" for name in ("total", "standby", "working")}
"""Columns in hours, and those in seconds that they follow: by the ORM, or by the statements here."""
_IN_HOURS = {name: f"new.{seconds} / {AN_HOUR_S}" for name, seconds in HOURS.items()}
WRITTEN = frozenset((*_NAMES, "total_duration_s", *HOURS, "company_id", "active"))
"""The columns of sessions that are written here, those that the ORM computes among them."""
MOVED = (*_MOVING, *HOURS, "state_history")
"""Those of them that change in a session that is there."""
_UPDATE = f"""
    UPDATE mqtt_session AS known
       SET {", ".join(f"{name} = new.{name}" for name in _MOVING)},
           {", ".join(f"{name} = {hours}" for name, hours in _IN_HOURS.items())},
           state_history = CASE WHEN jsonb_array_length(coalesce(known.state_history, '[]')) < {MOST_CHANGES}
                                THEN coalesce(known.state_history, '[]') || new.state_history
                                ELSE known.state_history END,
           write_uid = 1, write_date = now() AT TIME ZONE 'UTC'
      FROM ({_NEW}) AS new
      JOIN mqtt_session before USING (session_id)
     WHERE known.id = before.id
 RETURNING known.id, known.session_id, before.status = 'running' AND known.status != 'running'
"""
_CLOSE = """
    UPDATE mqtt_session AS lost
       SET status = 'completed', current_state = 'idle', end_reason = %s,
           end_time = coalesce(last_message_time, start_time)
     WHERE status = 'running' AND device_id = ANY(%s) AND session_id != ALL(%s)
 RETURNING id, device_id, coalesce(standby_duration_s, 0), coalesce(working_duration_s, 0), coalesce(energy_kwh, 0)
"""
_BILL = """
    UPDATE mqtt_session AS known
       SET standby_units = new.standby_units, working_units = new.working_units, energy_units = new.energy_units,
           amount = new.amount, currency_id = new.currency_id
      FROM unnest(%(id)s::bigint[], %(standby_units)s::float8[], %(working_units)s::float8[],
                  %(energy_units)s::float8[], %(amount)s::float8[], %(currency_id)s::int[])
        AS new(id, standby_units, working_units, energy_units, amount, currency_id)
     WHERE known.id = new.id
"""
# What was certain by time alone and never heard of again was no session: nothing of it is kept.
_VOID = "SELECT id FROM mqtt_session WHERE session_id = ANY(%s) ORDER BY id"
_DROP = """
    WITH gone AS (DELETE FROM mqtt_session WHERE session_id = ANY(%s) RETURNING id),
         heard AS (DELETE FROM mail_message USING gone WHERE model = 'mqtt.session' AND res_id = gone.id)
    DELETE FROM mail_followers USING gone WHERE res_model = 'mqtt.session' AND res_id = gone.id
"""
_INSERT = f"""
    INSERT INTO mqtt_session
           ({", ".join(_NAMES)}, total_duration_s, {", ".join(_IN_HOURS)},
            company_id, active, create_uid, create_date, write_uid, write_date)
    SELECT {", ".join(f"new.{name}" for name in _NAMES)}, new.total_duration_s,
           {", ".join(_IN_HOURS.values())},
           device.company_id, true, 1, now() AT TIME ZONE 'UTC', 1, now() AT TIME ZONE 'UTC'
      FROM ({_NEW}) AS new
      JOIN iot_device device ON device.id = new.device_id
     ORDER BY new.start_time, new.device_id
    ON CONFLICT (session_id) DO NOTHING
 RETURNING id, status != 'running'
"""
_RATES = """
    SELECT device.id, device.rate_working_h, device.rate_standby_h, device.rate_kwh, device.minimum_amount,
           device.billing_rounding_min, currency.id, currency.decimal_places
      FROM iot_device device
      LEFT JOIN res_company company
        ON company.id = coalesce(device.company_id, (SELECT min(id) FROM res_company))
      LEFT JOIN res_currency currency ON currency.id = company.currency_id
     WHERE device.id = ANY(%s)
"""


class Written(NamedTuple):
    """Ids of sessions that were written. One that started and ended at once is in all three but ``moved``.

    :ivar started: those that were added
    :ivar moved: those that were there
    :ivar ended: those of both that ended by it
    """

    started: list[int]
    moved: list[int]
    ended: list[int]


def write_sessions(env, rows: Sequence[SessionRow]) -> None:
    """Store sessions: those that are there are brought up to date, the others added.

    What follows from it in other addons (see ``mqtt.session``) is done before it returns.

    :param rows: of each machine in order of time, at most the last one running
    """
    cr = env.cr
    if void := [row.session_id for row in rows if row.void]:
        cr.execute(_VOID, [void])
        env["mqtt.session"]._drop_void([session_id for (session_id,) in cr.fetchall()])
        cr.execute(_DROP, [void])
        rows = [row for row in rows if not row.void]
    if not rows:
        return
    rates = read_rates(cr, {row.device_id for row in rows})
    cr.execute(_UPDATE, columns(_NAMES, [_values(row, rates) for row in rows]), log_exceptions=False)
    found = cr.fetchall()
    known = {session_id for _id, session_id, _ended in found}
    started: list[tuple[int, bool]] = []
    new = [row for row in rows if row.session_id not in known]
    if new:
        running = [row for row in new if row.running]
        if running:
            # A session that no state knows of any more would be in the way of the next.
            close_running(
                env, [row.device_id for row in running], "timeout", [row.session_id for row in running]
            )
        cr.execute(_INSERT, columns(_NAMES, [_values(row, rates) for row in new]), log_exceptions=False)
        started = cr.fetchall()
    env["mqtt.session"]._follow_up(
        Written(
            [row_id for row_id, _ended in started],
            [row_id for row_id, _session_id, _ended in found],
            [row_id for row_id, *_rest, ended in [*found, *started] if ended],
        )
    )


def close_running(
    env, device_ids: Sequence[int], reason: str, but: Sequence[str] = (), *, followed: bool = True
) -> None:
    """End running sessions with their last message, without the detector, and bill them.

    :param reason: the reason of the end
    :param but: UUIDs of sessions that go on
    :param followed: whether other addons hear of it
    """
    cr = env.cr
    cr.execute(_CLOSE, [reason, list(device_ids), list(but)], log_exceptions=False)
    closed = cr.fetchall()
    if not closed:
        return
    rates = read_rates(cr, {device_id for _id, device_id, *_amounts in closed})
    rows = [
        (row_id, *bill(rates[device_id][0], *amounts), rates[device_id][1])
        for row_id, device_id, *amounts in closed
    ]
    cr.execute(_BILL, columns(("id", *Bill._fields, "currency_id"), rows), log_exceptions=False)
    closed_ids = [row_id for row_id, *_rest in closed]
    if followed:
        env["mqtt.session"]._follow_up(Written([], closed_ids, closed_ids))
    else:
        env["mqtt.session"].invalidate_model(flush=False)


def read_rates(cr, device_ids: set[int]) -> dict[int, tuple[Rates, int | None]]:
    """The rates of machines and the currency (id) they are in."""
    if not device_ids:
        return {}
    cr.execute(_RATES, [list(device_ids)])
    return {
        device_id: (
            Rates(
                working_h or 0.0,
                standby_h or 0.0,
                kwh or 0.0,
                minimum or 0.0,
                rounding or 0.0,
                2 if decimals is None else decimals,
            ),
            currency_id,
        )
        for device_id, working_h, standby_h, kwh, minimum, rounding, currency_id, decimals in cr.fetchall()
    }


def source_of(session: Session) -> str:
    """What the energy of a session is taken from."""
    if not session.metered:
        return "power"
    return "partly" if session.partly_metered else "counter"


def _values(row: SessionRow, rates: dict[int, tuple[Rates, int | None]]) -> tuple[object, ...]:
    session = row.session
    energy_kwh = session.energy_wh / 1000
    billed: Bill | None = None
    currency_id = None
    if row.device_id in rates:
        prices, currency_id = rates[row.device_id]
        if not row.running:
            billed = bill(prices, session.standby_s, session.working_s, energy_kwh)
    return (
        row.session_id,
        row.device_id,
        "running" if row.running else "completed",
        row.phase,
        whole(session.start_at),
        whole(session.end_at),
        session.start_power_w,
        session.end_power_w,
        row.power_w,
        session.peak_power_w,
        energy_kwh,
        source_of(session),
        session.standby_s,
        session.working_s,
        whole(row.last_at),
        session.end_reason and session.end_reason.value,
        row.by_hand,
        json.dumps(row.history),
        *(billed or (None,) * 4),
        currency_id,
    )
