"""Moments in texts that are made on the server.

Odoo's web client shows times in the zone of the browser. A text of the server cannot know that one, and the chatter is
read by people in other zones, years later: so such a text names the zone its time is in.
"""

import pytz
from odoo.tools import format_date, format_datetime, format_time


def moment_text(env, at, tz="", show_seconds=False):
    """A moment as the language of the user writes it, with its zone: "11/29/2026 4:47 PM CET".

    :param at: naive UTC
    :param tz: name of the zone; by default that of the user, UTC where that has none
    """
    zone = _zone(tz or env.context.get("tz") or env.user.tz)
    local = pytz.utc.localize(at).astimezone(zone)
    if show_seconds:
        text = format_datetime(env, at, tz=zone.zone)
    else:
        text = f"{format_date(env, local.date())} {format_time(env, local.timetz(), time_format='short')}"
    # ICU's narrow space before AM and PM is not what browsers write.
    return f"{text} {local:%Z}".replace("\N{NARROW NO-BREAK SPACE}", " ")


def _zone(name):
    try:
        return pytz.timezone(name or "UTC")
    except pytz.UnknownTimeZoneError:
        return pytz.utc
