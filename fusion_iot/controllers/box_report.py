"""What a box sends, as far as it can be used: nothing here trusts its form, its types or its size."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime, timezone

from odoo.addons.fusion_iot_base.plain_json import load_json
from odoo.addons.fusion_iot_base.problems import PlainJsonError

MAX_DEVICES = 500
MAX_EVENT_BYTES = 16 * 1024
_LAYOUT = re.compile(r"[A-Za-z0-9_-]{1,32}\Z")
_IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}\Z")


@dataclass(frozen=True)
class BoxDevice:
    """A device as its box reports it."""

    name_on_box: str
    name: str = ""
    type: str = ""
    manufacturer: str = ""
    connection: str = ""
    subtype: str = ""


@dataclass(frozen=True)
class BoxReport:
    """The body of ``/iot/setup``."""

    identifier: str
    token: str
    mac: str = ""
    ip: str = ""
    version: str = ""
    devices: dict[str, BoxDevice] = field(default_factory=dict)


def text(value, limit=128) -> str:
    """A string without control characters, of at most so many characters; of anything else: an empty one."""
    if not isinstance(value, str):
        return ""
    return "".join(char for char in value[: 2 * limit] if char.isprintable()).strip()[:limit]


def is_identifier(value) -> bool:
    """Whether a box may call itself so."""
    return isinstance(value, str) and bool(_IDENTIFIER.match(value))


def read_params(body: bytes) -> dict:
    """The ``params`` of a call of the client. Raises :class:`PlainJsonError` (400)."""
    document = load_json(body)
    params = document.get("params") if isinstance(document, dict) else None
    if not isinstance(params, dict):
        raise PlainJsonError(400, "invalid_body", 'Send an object with the key "params".')
    return params


def read_report(params: dict) -> BoxReport:
    """The report of a box. Raises :class:`PlainJsonError` (400) where it does not say who it is."""
    box, devices = params.get("iot_box"), params.get("devices")
    if not isinstance(box, dict) or not is_identifier(box.get("identifier")):
        raise PlainJsonError(400, "invalid_body", 'Send "iot_box" with the identifier of the box.')
    if not isinstance(devices, dict) or len(devices) > MAX_DEVICES:
        raise PlainJsonError(400, "invalid_body", f'Send "devices", at most {MAX_DEVICES} of them.')
    return BoxReport(
        identifier=box["identifier"],
        token=text(box.get("token"), 256),
        mac=text(box.get("mac"), 64),
        ip=text(box.get("ip"), 255).lower(),
        version=text(box.get("version")),
        devices={
            name: BoxDevice(
                name,
                text(device.get("name")),
                text(device.get("type"), 32),
                text(device.get("manufacturer")),
                text(device.get("connection"), 32),
                text(device.get("subtype"), 32),
            )
            for name, device in devices.items()
            if isinstance(device, dict) and name and name == text(name, 255)
        },
    )


def read_answer(params: dict) -> dict:
    """What of an answer is handed on: ``status`` and ``result``, which is the reason where it failed. Raises
    :class:`PlainJsonError` (400) for what PostgreSQL could not keep."""
    status, result, message = _outcome(params)
    answer = {"status": status, "result": message if message and status == "error" else result}
    _written(answer)
    return answer


def is_answer(params: dict) -> bool:
    """Whether this answers the message whose session it names. A printer warns of low paper first, and then prints."""
    return bool(text(params.get("session_id"))) and params.get("status") != "warning"


def is_event(params: dict) -> bool:
    """Whether a device says this by itself (`event_manager.device_changed` of the client).

    It may name a session all the same: that of the latest action, which a printer does. Only an answer repeats what was
    asked.
    """
    return "time" in params and "action_args" not in params


def read_event(params: dict) -> tuple[str, dict]:
    """The box's name of a device, and ``value``, ``result`` and ``status`` of its event. Raises
    :class:`PlainJsonError` (400, or 413 where that is more than an event is expected to say)."""
    status, result, _message = _outcome(params)
    event = {"value": params.get("value"), "status": status, "result": result}
    if len(_written(event)) > MAX_EVENT_BYTES:
        raise PlainJsonError(413, "too_large", f"An event has at most {MAX_EVENT_BYTES} bytes.")
    return text(params.get("device_identifier"), 255), event


def _outcome(params: dict) -> tuple[str, object, str]:
    """Status, result and message. The message of a printer stands beside an empty result, that of a scale, where
    something failed earlier, beside its weight."""
    status, result, message = params.get("status"), params.get("result"), params.get("message")
    if isinstance(status, dict):  # of a serial device
        status, message = status.get("status"), status.get("message_title")
    message = text(message, 1000)
    return text(status, 32), message if message and result in (None, "") else result, message


def _written(told: dict) -> bytes:
    try:
        written = json.dumps(told, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        written = rb"\u0000"
    if rb"\u0000" in written:
        raise PlainJsonError(
            400, "invalid_body", "The answer has something that is neither text nor a number."
        )
    return written


def read_time(value) -> datetime | None:
    """A time as Python prints it, with a zone or in UTC: naive UTC. ``None`` where it is none."""
    try:
        found = datetime.fromisoformat(text(value))
        found = found.astimezone(timezone.utc).replace(tzinfo=None) if found.tzinfo else found
    except (ValueError, OverflowError):
        return None
    return found.replace(microsecond=0) if found.year >= 2000 else None


def _is_code(value) -> bool:
    return isinstance(value, str) and bool(_LAYOUT.match(value))


def read_layouts(layouts) -> dict[tuple[str, str], str]:
    """Keyboard layouts: name by layout and variant. What has another form is left out."""
    if not isinstance(layouts, list):
        return {}
    found = {}
    for item in layouts[:2000]:
        if not isinstance(item, dict) or not (name := text(item.get("name"))):
            continue
        layout, variant = item.get("layout"), item.get("variant") or ""
        if _is_code(layout) and (variant == "" or _is_code(variant)):
            found[layout, variant] = name
    return found
