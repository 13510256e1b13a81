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
from ..topic_names import Place, is_command, place_of, rom_of
from ..words import guess

_BLANK = b" \t\r\n\0"
_WILLS = frozenset(("status", "lwt", "availability", "online", "connected", "state", "available", "presence"))
# the words of most firmware, of ESPEasy and of Homie
_PRESENCE = {
    b"online": True,
    b"offline": False,
    b"connected": True,
    b"disconnected": False,
    b"connection lost": False,
}


def read(message: Message, settings: ParserSettings) -> Parsed:
    """Read a payload that is one number."""
    before, _slash, last = message.topic.rpartition("/")
    device = before or last
    payload = message.payload.strip(_BLANK)
    text = payload[: NUMBER_MAX + 1].decode("utf-8", "replace")
    if last == "get" and guess(before.rpartition("/")[2]).quantity and _is_amount(text):
        # the answer to a request under the topic of the request
        device, _slash, last = before.rpartition("/")
        before = device
    place = f"{before}/{last}" if before else last
    if not device or not payload or is_command(place) or json_text(last) != last.strip():
        return Parsed(device=device)
    rule = next((rule for rule in settings.rules if rule.path in ("", last)), None)
    online = _PRESENCE.get(payload.lower())
    if online is not None and last.lower() in _WILLS and not (rule and rule.value_map):
        return Parsed((Presence(device, online),), device)
    found = Readings(message, device)
    if rule is not None:
        _read_by_rule(found, rule, text, last, rom_of(message.topic))
    else:
        _read_by_name(found, text, last, place_of(place), settings.told_unit)
    return found.parsed()


def recognise(topic: str, payload: bytes) -> int:
    """A number could come from anything; so this is what is left when nobody else knows the message."""
    payload = payload.strip(_BLANK)
    before, _slash, last = topic.rpartition("/")
    if len(payload) > NUMBER_MAX or topic.startswith("$"):
        return 0
    if last.lower() in _WILLS and payload.lower() in _PRESENCE:
        return 5
    if last == "get" and guess(before.rpartition("/")[2]).quantity:
        topic = before
    if is_command(topic):
        return 0
    amount = text_amount(payload.decode("utf-8", "replace"))
    if isinstance(amount, Unreadable):
        return 5 if amount.fault and place_of(topic).meant.quantity else 0
    return 5


def _is_amount(text: str) -> bool:
    return not isinstance(text_amount(text), Unreadable)


def _read_by_rule(found: Readings, rule: Rule, text: str, last: str, serial: str) -> None:
    value = value_by_rule(text, rule)
    unit = rule.unit
    if isinstance(value, Unreadable) and not isinstance(amount := text_amount(text), Unreadable):
        # the payload prints its unit: that of the rule is the one after scale and offset
        value = value_by_rule(amount[0], rule)
        unit = unit or amount[1]
    quantity = rule.quantity or guess(last).quantity or quantity_in(unit)
    found.value(quantity, value, unit, rule.channel or last, serial)


def _read_by_name(found: Readings, text: str, last: str, place: Place, told: str) -> None:
    amount = text_amount(text)
    value, printed = (amount, told) if isinstance(amount, Unreadable) else (amount[0], amount[1] or told)
    found.guessed(place.meant, value, last, place.serial, printed=printed, quantity=quantity_in(printed))


PARSER = Parser(
    name="plain",
    label="Plain number",
    read=read,
    recognise=recognise,
    topics=("{device}/+",),
    configurable=True,
)
