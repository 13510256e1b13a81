"""Every parser under its name: a further family is a further file in `families/`."""

import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from types import MappingProxyType

from ..measurement import Measurement
from . import families
from .message import Message
from .parsed import DeviceInfo, Item, Parsed, Problem
from .parser import MAX_PAYLOAD_BYTES, Parser
from .settings import DEFAULT_SETTINGS, ParserSettings

NAME_MAX = 400
"""Characters of a device, its channel and the probe's serial together."""

DETECT = "detect"
"""In the place of a parser's name: find out anew with every message."""


_parsers: dict[str, Parser] = {}
PARSERS: Mapping[str, Parser] = MappingProxyType(_parsers)
"""All parsers of this process."""


def register(parser: Parser) -> None:
    """Add a family from outside this package, where its module is imported.

    It is known in the whole process from then on: where an addon brings it, to all databases of the server. Raises
    ``ValueError`` for a name that another family has.
    """
    if parser.name == DETECT or parser.name in _parsers:
        raise ValueError(f"Another parser has the name {parser.name!r}.")
    _parsers[parser.name] = parser


for _module in pkgutil.iter_modules(families.__path__):
    register(import_module(f"{families.__name__}.{_module.name}").PARSER)


def detect(topic: str, payload: bytes) -> Parser | None:
    """The parser that recognises a message best; ``None`` when none does."""
    if len(payload) > MAX_PAYLOAD_BYTES:
        payload = b""
    best, most = None, 0
    for parser in PARSERS.values():
        likely = parser.recognise(topic, payload)
        if likely > most:
            best, most = parser, likely
    return best


def read(message: Message, name: str = DETECT, settings: ParserSettings = DEFAULT_SETTINGS) -> Parsed:
    """Read a message with the named parser, or with the one that recognises it.

    A message nobody recognises, and one that is too large, gives a :class:`Problem`. Raises ``KeyError`` for a
    name that is not in :data:`PARSERS`.
    """
    if len(message.payload) > MAX_PAYLOAD_BYTES:
        size = len(message.payload)
        text = f"The payload has {size} bytes; more than {MAX_PAYLOAD_BYTES} are not read."
        return Parsed((Problem("", "too_large", text),))
    parser = detect(message.topic, message.payload) if name == DETECT else PARSERS[name]
    if parser is None:
        text = "No parser recognises this topic and payload. Choose one, or set up the generic one."
        return Parsed((Problem("", "unrecognised", text),))
    parsed = parser.read(message, settings)
    return parsed if all(map(_nameable, parsed.items)) else _without_unnameable(parsed)


def _nameable(item: Item) -> bool:
    """Whether the names in an item can be stored and shown."""
    if isinstance(item, Measurement):
        return _is_name(item.device + item.channel + item.serial)
    if isinstance(item, DeviceInfo):
        texts = [value for value in item if isinstance(value, str)]
        return max(map(len, texts)) <= NAME_MAX and "".join(texts).isprintable()
    return isinstance(item, Problem) or _is_name(item.device)


def _is_name(text: str) -> bool:
    return len(text) <= NAME_MAX and text.isprintable()


def _without_unnameable(parsed: Parsed) -> Parsed:
    text = f"A name in the message is longer than {NAME_MAX} characters or has control characters."
    kept = tuple(filter(_nameable, parsed.items))
    return replace(parsed, items=(*kept, Problem("", "invalid_name", text)))
