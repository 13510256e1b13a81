"""JSON objects, numbers and names out of payloads that may be anything. Shared by the families.

Nothing here raises, and everything takes linear time. What is wrong with one value is the fault of that value
only: the rest of a message stays readable.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Final

from ..values import ValueProblem, parse_number
from .parsed import Problem

TEXT_MAX = 128
NUMBER_MAX = 64

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)
# what C, JavaScript and Arduino print for a number that is none; the last is what Arduino calls one too large
_NO_NUMBER = r"[+-]?(?:nan(?:\((?:ind|snan)?\))?|inf(?:inity)?|ovf|1\.\#(?:qnan|snan|ind|inf)\w{0,2})"
_SPELT_NO_NUMBER = re.compile(rf"{_NO_NUMBER}\Z", re.ASCII | re.IGNORECASE)
# numbers as JavaScript and C print them, which JSON does not know: .5, 5., +5.5, and a sign alone
_ODD_NUMBER = r"[+-]?(?:\d{1,40}\.?\d{0,40}|\.\d{1,40})(?:e[+-]?\d{1,4})?|[+-]|None|undefined"
# a text in quotes, which is left alone, or such a word or number where a value may stand, or no value at all there,
# or a comma behind the last one
_TEXT_OR_NO_NUMBER = re.compile(
    rf'"(?:[^"\\]|\\.)*"?|(?<![\w.+-]){_NO_NUMBER}(?![\w.(#])|:(?=[ \t\r\n]{{0,8}}[,}}])'
    rf"|(?<![\w.+-])(?:{_ODD_NUMBER})(?=[ \t\r\n]{{0,8}}[,}}\]])|,(?=[ \t\r\n]{{0,8}}[}}\]])",
    re.ASCII | re.IGNORECASE | re.DOTALL,
)
_BLANK = b" \t\r\n\0"  # firmware written in C sometimes sends the end of its string along
_LONGEST_EXACT = 18


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why something could not be read; the fields of a :class:`Problem` without the device.

    :ivar fault: it is no mistake, but how a device says that it has no value: NaN, infinity
    """

    error: str
    message: str
    fault: bool = False

    def problem(self, device: str, where: str = "") -> Problem:
        """The same as an item of a message. ``where`` names the value, if it is one among others."""
        return Problem(device, self.error, f"{where}: {self.message}" if where else self.message)


class _NamedTwice:
    """Stands for the value of a key that its object names more than once."""


NAMED_TWICE: Final = _NamedTwice()


def load_json(payload: bytes) -> object | Unreadable:
    """The JSON document that ``payload`` is (RFC 8259), or why it is none.

    Bytes that are not UTF-8 become U+FFFD. A key named twice in one object has the value :data:`NAMED_TWICE`,
    which is neither a number nor anything else, since it would be anyone's guess which one counts. Integers
    of many digits are floats. NaN and infinities, which RFC 8259 does not know, are NaN in all the spellings that
    firmware has for them (``nan``, ``-inf``, ``None``, nothing at all): they spoil their own value only, which
    :func:`json_number` says of them. ``.5``, ``5.``, ``+5.5`` and a comma behind the last value are read.
    """
    text = payload.strip(_BLANK).decode("utf-8", "replace").removeprefix("\ufeff")
    document = _decoded(text)
    if isinstance(document, Unreadable):
        mended = _TEXT_OR_NO_NUMBER.sub(_mended, text)
        if mended != text and not isinstance(again := _decoded(mended), Unreadable):
            return again
    return document


def _mended(found: re.Match[str]) -> str:
    piece = found[0]
    if piece[0] == '"':
        return piece
    if piece[0] in ":,":
        return ":NaN" if piece == ":" else ""
    if not _DECIMAL.match(piece):
        return "NaN"
    sign = "-" if piece[0] == "-" else ""
    whole, point, rest = piece.lstrip("+-").partition(".")
    if not point:
        return sign + whole
    return f"{sign}{whole or '0'}.{rest if rest[:1].isdigit() else f'0{rest}'}"


def _decoded(text: str) -> object | Unreadable:
    try:
        document: object = _decoder.decode(text)
    except RecursionError:
        return Unreadable("invalid_json", "The JSON is nested too deeply.")
    except ValueError as exc:
        return Unreadable("invalid_json", f"The payload is not valid JSON: {exc}.")
    return document


def load_object(payload: bytes) -> dict[str, object] | Unreadable:
    """The JSON object that ``payload`` is, read as :func:`load_json` does, or why it is none."""
    document = load_json(payload)
    if isinstance(document, dict | Unreadable):
        return document
    return Unreadable("invalid_json", "The payload is JSON, but not an object.")


def json_number(value: object) -> float | Unreadable:
    """The finite number that a parsed JSON value is, or why it is none. Text is never a number."""
    try:
        return parse_number(value)
    except ValueProblem as exc:
        reason = "it is there twice" if value is NAMED_TWICE else str(exc)
        fault = isinstance(value, float) and not math.isfinite(value)
        return Unreadable("invalid_value", f"Not a measurement: {reason}.", fault)


def text_number(text: bytes | str) -> float | Unreadable:
    """The finite number that a payload such as ``81.17`` spells, or why it spells none.

    Decimal notation with a point and perhaps an exponent, in ASCII, blanks around it allowed. ``nan`` and ``inf`` say
    that there is none; ``1_000``, ``0x1f`` and ``81,17`` are no numbers.
    """
    if isinstance(text, bytes):
        text = text.strip(_BLANK).decode("utf-8", "replace")
    text = text.strip()
    if len(text) > NUMBER_MAX or not _DECIMAL.match(text):
        message = f"Not a measurement: a number is needed, not {shown(text)}."
        fault = len(text) <= NUMBER_MAX and _SPELT_NO_NUMBER.match(text) is not None
        return Unreadable("invalid_value", message, fault)
    number = float(text)
    if not math.isfinite(number):
        return Unreadable("invalid_value", "Not a measurement: the number is beyond the range of a double.")
    return number


def json_text(value: object, most: int = TEXT_MAX) -> str:
    """A name or code out of a parsed JSON value, without blanks around it.

    Empty for what is no text, is longer than ``most`` characters, or has characters that no name has (controls,
    NUL, halves of surrogate pairs) and that PostgreSQL or a screen would stumble over.
    """
    if not isinstance(value, str):
        return ""
    value = value.strip()
    return value if len(value) <= most and value.isprintable() else ""


def shown(text: str) -> str:
    """The beginning of a text from outside, in quotes, fit for a message to people."""
    return ascii(text if len(text) <= NUMBER_MAX else text[: NUMBER_MAX - 1] + "…")


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_EXACT else float(digits)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for key, _value in pairs:
            if key in seen:
                found[key] = NAMED_TWICE
            seen.add(key)
    return found


_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer)
