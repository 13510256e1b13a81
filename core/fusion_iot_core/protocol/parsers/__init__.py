"""Parsers: from what devices publish to measurements. One family of devices, one module in `families/`."""

from .bridges import BridgeState, bridge_states
from .message import Message
from .parsed import DeviceInfo, Item, Parsed, Presence, Problem, Switched
from .parser import MAX_PAYLOAD_BYTES, Parser
from .registry import DETECT, PARSERS, detect, read, register
from .settings import DEFAULT_SETTINGS, ParserSettings, Rule

__all__ = [
    "DEFAULT_SETTINGS",
    "DETECT",
    "MAX_PAYLOAD_BYTES",
    "PARSERS",
    "BridgeState",
    "DeviceInfo",
    "Item",
    "Message",
    "Parsed",
    "Parser",
    "ParserSettings",
    "Presence",
    "Problem",
    "Rule",
    "Switched",
    "bridge_states",
    "detect",
    "read",
    "register",
]
