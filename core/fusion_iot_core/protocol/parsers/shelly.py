"""What Shelly devices of all generations have in common."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from ..probes import PROBE_KINDS
from .findings import Findings
from .json_payload import Unreadable, json_number, shown
from .parsed import Presence

MANUFACTURER = "Shelly"

_PROBE = PROBE_KINDS["shelly"].codes
# What stands for "no value" in a number; source: "invalid" in the ranges of Shelly's CoIoT descriptions.
_FAULT_CODES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "temperature": _PROBE,
        "device_temperature": _PROBE,
        "humidity": (999.0,),
        "battery": (-1.0,),
    }
)
_ROUNDING = 0.05  # the second generation prints one decimal

_GEN2_NAME = re.compile(
    r"shelly(plus|pro)|(^|[-_])(plus|pro)\d|mini|g[34]([-_]|$)|walldisplay|blugw", re.IGNORECASE
)


def is_gen2_name(name: str) -> bool:
    """Whether a device's name is one that only the second and later generations bear by default."""
    return _GEN2_NAME.search(name[:128]) is not None


def read_presence(findings: Findings, payload: bytes) -> None:
    """The payload of ``…/online``: birth message and last will."""
    word = payload.strip().lower()
    if word in (b"true", b"false"):
        findings.add(Presence(findings.device, word == b"true"))
    elif word:
        text = shown(payload[:80].decode("utf-8", "replace"))
        findings.problem("invalid_value", f"online: true or false is needed, not {text}.")


def read_number(
    findings: Findings,
    quantity: str,
    value: float | Unreadable,
    channel: str,
    serial: str = "",
    unit_assumed: bool = False,
) -> None:
    """A number in the quantity's unit, which may be a code that says that there is none."""
    if isinstance(value, Unreadable) and value.fault:
        findings.broken(quantity, channel, serial)
        return
    if isinstance(value, Unreadable):
        findings.unreadable(value, f"{channel or 'device'} {quantity}")
        return
    codes = _FAULT_CODES.get(quantity)
    if codes is not None and any(abs(value - code) < _ROUNDING for code in codes):
        findings.broken(quantity, channel, serial)
    else:
        findings.measured(quantity, value, channel, serial, unit_assumed)


def signal_dbm(value: object) -> int | None:
    """Strength of the radio signal, where ``value`` is one."""
    number = json_number(value)
    return int(number) if isinstance(number, float) and -200 < number <= 0 else None
