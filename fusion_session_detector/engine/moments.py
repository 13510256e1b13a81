"""Times as programs and Odoo write them. No Odoo here."""

from __future__ import annotations

from datetime import date, datetime, timezone


def parse_moment(value: object) -> datetime:
    """A time as naive UTC: from ISO 8601 or Odoo's text (UTC where they name no zone), or a date or time itself.

    Raises :class:`ValueError`.
    """
    if isinstance(value, str):
        text = value.strip()
        if text.endswith(("Z", "z")):
            text = text[:-1] + "+00:00"
        value = datetime.fromisoformat(text)
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime):
        raise ValueError(repr(value))  # noqa: TRY004 - junk, whatever its type
    return value if value.tzinfo is None else value.astimezone(timezone.utc).replace(tzinfo=None)
