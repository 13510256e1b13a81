"""A bare number, with its unit if it likes: ``workshop/tank1/temperature`` with ``21.5`` or ``70.7 °F``.

What it measures is said by a rule of the device, or else guessed from the last level of the topic and from the
unit. A comma is refused: 1,500 is one and a half to some people and a lot more to others.
"""

from ..amounts import quantity_in, text_amount
from ..json_payload import NUMBER_MAX, Unreadable, json_text
from ..message import Message
from ..parsed import Parsed, Presence
from ..parser import Parser
from ..readings import Readings
from ..rules import value_by_rule
from ..settings import ParserSettings, Rule
from ..words import Guess, guess

_BLANK = b" \t\r\n\0"
_WILLS = frozenset(("status", "lwt", "availability", "online", "connected", "state", "available", "presence"))
_COMMANDS = frozenset(("set", "get", "cmd", "cmnd", "command"))
_ONLINE = {b"online": True, b"offline": False}
# a level that only says that this is the value of the level before
_SAYS_NOTHING = frozenset(("state", "value", "reading", "now"))
_NO_ANSWER = -127.0


def read(message: Message, settings: ParserSettings) -> Parsed:
    """Read a payload that is one number."""
    before, _slash, last = message.topic.rpartition("/")
    device = before or last
    payload = message.payload.strip(_BLANK)
    if not device or not payload or last in _COMMANDS or json_text(last) != last.strip():
        return Parsed(device=device)
    rule = next((rule for rule in settings.rules if rule.path in ("", last)), None)
    online = _ONLINE.get(payload.lower())
    if online is not None and last.lower() in _WILLS and not (rule and rule.value_map):
        return Parsed((Presence(device, online),), device)
    found = Readings(message, device)
    text = payload[: NUMBER_MAX + 1].decode("utf-8", "replace")
    if rule is not None:
        _read_by_rule(found, rule, text, last)
    else:
        _read_by_name(found, text, last, _guess(before, last))
    return found.parsed()


def recognise(topic: str, payload: bytes) -> int:
    """A number could come from anything; so this is what is left when nobody else knows the message."""
    payload = payload.strip(_BLANK)
    if len(payload) > NUMBER_MAX or topic.startswith("$") or topic.rpartition("/")[2] in _COMMANDS:
        return 0
    return 0 if isinstance(text_amount(payload.decode("utf-8", "replace")), Unreadable) else 5


def _guess(before: str, last: str) -> Guess:
    if last.isdigit() or last.lower() in _SAYS_NOTHING:
        return guess(before.rpartition("/")[2])
    return guess(last)


def _read_by_rule(found: Readings, rule: Rule, text: str, last: str) -> None:
    value = value_by_rule(text, rule)
    unit = rule.unit
    if isinstance(value, Unreadable) and not isinstance(amount := text_amount(text), Unreadable):
        # the payload prints its unit: that of the rule is the one after scale and offset
        value = value_by_rule(amount[0], rule)
        unit = unit or amount[1]
    quantity = rule.quantity or guess(last).quantity or quantity_in(unit)
    found.value(quantity, value, unit, rule.channel or last)


def _read_by_name(found: Readings, text: str, last: str, meant: Guess) -> None:
    amount = text_amount(text)
    if isinstance(amount, Unreadable):
        found.unreadable(amount)
        return
    number, printed = amount
    unit = printed or meant.unit
    quantity = meant.quantity or quantity_in(printed)
    no_answer = quantity == "temperature" and unit != "°F" and number == _NO_ANSWER
    found.value(quantity, None if no_answer else number, unit, last)


PARSER = Parser(
    name="plain",
    label="Plain number",
    read=read,
    recognise=recognise,
    topics=("{device}/+",),
    configurable=True,
)
