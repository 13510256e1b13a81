"""Moments in texts that are made on the server.

Odoo's web client shows times in the zone of the browser. A text of the server cannot know that one, and the chatter is
read by people in other zones, years later: so such a text names the zone its time is in.
"""

import pytz
from odoo import fields
from odoo.tools import format_date, format_datetime, format_time


def moment_text(env, at, tz="", show_seconds=False):
    """A moment as the language of the user writes it, with its zone: "11/29/2026 4:47 PM CET".

    :param at: naive UTC
    :param tz: name of the zone; by default that of the user, UTC where that has none
    """
    local = _local(env, at, tz)
    day = format_date(env, local.date())
    text = format_datetime(env, at, tz=local.tzinfo.zone) if show_seconds else f"{day} {_clock(env, local)}"
    return _with_zone(text, local)


def short_moment_text(env, at):
    """A moment in a text that is read soon: "4:47 PM CET", with the day if that is not today.

    :param at: naive UTC
    """
    local, now = _local(env, at), _local(env, fields.Datetime.now())
    text = _clock(env, local)
    return _with_zone(
        text if local.date() == now.date() else f"{format_date(env, local.date())} {text}", local
    )


def _local(env, at, tz=""):
    return pytz.utc.localize(at).astimezone(_zone(tz or env.context.get("tz") or env.user.tz))


def _clock(env, local):
    return format_time(env, local.timetz(), time_format="short")


def _with_zone(text, local):
    # ICU's narrow space before AM and PM is not what browsers write.
    return f"{text} {local:%Z}".replace("\N{NARROW NO-BREAK SPACE}", " ")


def _zone(name):
    try:
        return pytz.timezone(name or "UTC")
    except pytz.UnknownTimeZoneError:
        return pytz.utc
