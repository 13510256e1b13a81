"""A message as each receiver wants it: JSON for programs, ntfy, a Telegram bot, a workflow of Microsoft Teams."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from urllib.parse import urlsplit, urlunsplit

from . import signing

LONGEST_TEXT = 3500
"""ntfy takes 4,096 bytes, Telegram 4,096 characters."""
_NTFY = {"info": (3, "information_source"), "warning": (4, "warning"), "critical": (5, "rotating_light")}
_TEAMS = {"info": "Accent", "warning": "Warning", "critical": "Attention"}


@dataclass(frozen=True)
class Note:
    """What is told.

    :ivar key: of this message, the same for each attempt
    :ivar event: ``raised``, ``again``, ``escalated``, ``resolved`` or ``test``
    :ivar title: one line
    :ivar lines: one for each alert
    :ivar more: what is said of alerts that no line is for; empty where there are none
    :ivar severity: the worst one
    :ivar url: where a person sees more; empty where there is nothing
    :ivar open_label: on the button that leads there
    :ivar alerts: for programs, what JSON can express
    :ivar at: when it was put together, with a time zone
    """

    key: str
    event: str
    title: str
    lines: tuple[str, ...]
    more: str
    severity: str
    url: str
    open_label: str
    alerts: tuple[Mapping[str, object], ...]
    count: int
    at: datetime

    @property
    def text(self) -> str:
        """All lines, as far as receivers take them."""
        text = "\n".join([*self.lines, *([self.more] if self.more else [])])
        raw = text.encode()
        if len(raw) <= LONGEST_TEXT:
            return text
        return raw[:LONGEST_TEXT].decode(errors="ignore") + "…"


@dataclass(frozen=True)
class Access:
    """What a receiver is reached with.

    :ivar url: address, with what of it is secret
    :ivar token: of ntfy or of the Telegram bot; empty where none is needed
    :ivar chat: of Telegram
    :ivar secret: for signatures; empty: unsigned
    :ivar url_key: what of the address is secret
    """

    url: str
    token: str = ""
    chat: str = ""
    secret: str = ""
    url_key: str = ""


@dataclass(frozen=True)
class Post:
    """An HTTP POST, ready to go.

    :ivar secrets: what of it nobody is to read in an answer that repeats it
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    secrets: tuple[str, ...] = ()


def post(form: str, note: Note, access: Access, now: datetime) -> Post:
    """The request that tells a receiver.

    :param form: a key of `FORMATS`
    :param now: with a time zone
    :raise ValueError: where the secret is none; see :func:`.signing.key_of`
    """
    url, content, headers = FORMATS[form](note, access)
    # Sorted: what was stored meanwhile, and is sent once more, is the same to the byte.
    body = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json", "Idempotency-Key": note.key, **headers}
    if access.secret:
        headers |= signing.headers(access.secret, note.key, int(now.timestamp()), body)
    return Post(url, headers, body, tuple(filter(None, (access.token, access.url_key, access.secret))))


_Made = tuple[str, dict[str, object], dict[str, str]]


def _generic(note: Note, access: Access) -> _Made:
    content: dict[str, object] = {
        "type": f"alert.{note.event}",
        "timestamp": note.at.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "data": {
            "title": note.title,
            "text": note.text,
            "severity": note.severity,
            "url": note.url,
            "count": note.count,
            "alerts": list(note.alerts),
        },
    }
    return access.url, content, _bearer(access)


def _ntfy(note: Note, access: Access) -> _Made:
    parts = urlsplit(access.url)
    folder, _, topic = parts.path.rstrip("/").rpartition("/")
    priority, tag = _NTFY[note.severity]
    content: dict[str, object] = {
        "topic": topic,
        "title": note.title,
        "message": note.text or note.title,
        "priority": priority,
        "tags": [tag],
    }
    if note.url:
        content["click"] = note.url
    return urlunsplit((parts.scheme, parts.netloc, folder + "/", "", "")), content, _bearer(access)


def _telegram(note: Note, access: Access) -> _Made:
    text = "\n".join(part for part in (note.title, note.text, note.url) if part)
    content: dict[str, object] = {
        "chat_id": access.chat,
        "text": text,
        "disable_notification": note.severity == "info",
        "link_preview_options": {"is_disabled": True},
    }
    return f"{access.url.rstrip('/')}/bot{access.token}/sendMessage", content, {}


def _teams(note: Note, access: Access) -> _Made:
    def block(text: str, **more: object) -> dict[str, object]:
        return {"type": "TextBlock", "text": text, "wrap": True, **more}

    lines = [block(line, spacing="Small") for line in note.lines]
    more = [block(note.more, isSubtle=True)] if note.more else []
    card: dict[str, object] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            block(note.title, weight="Bolder", size="Medium", color=_TEAMS[note.severity]),
            *lines,
            *more,
        ],
    }
    if note.url:
        card["actions"] = [{"type": "Action.OpenUrl", "title": note.open_label, "url": note.url}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return access.url, {"type": "message", "attachments": [attachment]}, {}


def _bearer(access: Access) -> dict[str, str]:
    return {"Authorization": f"Bearer {access.token}"} if access.token else {}


FORMATS: dict[str, Callable[[Note, Access], _Made]] = {
    "generic": _generic,
    "ntfy": _ntfy,
    "telegram": _telegram,
    "teams": _teams,
}
