"""Setting a node, in the type that it has."""

from __future__ import annotations

import math

from asyncua import ua

from ..errors import BadAnswer, Misconfigured
from ..tags import Raw
from .session import Session
from .values import Unfit, plain, status_name, status_words, variant

_REFUSALS = {
    "BadNotWritable": "It is only read.",
    "BadUserAccessDenied": "This user may not write it.",
    "BadOutOfRange": "The equipment says that it is out of range.",
    "BadTypeMismatch": "The equipment wants a value of another type.",
    "BadWriteNotSupported": "The equipment does not take it that way.",
    "BadInvalidState": "The equipment does not take it in the state that it is in.",
}
_NOT_THERE = ("BadNodeIdUnknown", "BadNodeIdInvalid", "BadAttributeIdInvalid")


async def set_node(session: Session, node: ua.NodeId, raw: Raw) -> tuple[Raw, Raw]:
    """Write a node. Gives what it had before, and what was written.

    :raise Misconfigured: where it cannot have that value
    :raise BadAnswer: where the peer refuses it
    """
    (now,) = await session.read([node])
    there, status = now.Value, now.StatusCode or ua.StatusCode()
    if status_name(status.value) in _NOT_THERE:
        raise BadAnswer(
            f"The equipment does not have it. ({status_words(status)})", status_name(status.value)
        )
    if there is not None and there.is_array:
        raise Misconfigured("It is an array, which cannot be written.", "tag")
    kind = there.VariantType if there is not None else ua.VariantType.Null
    if kind is ua.VariantType.Null:
        kind = await session.kind_of(node)
    try:
        value = variant(raw, kind)
        before = plain(there) if there is not None else None
    except Unfit as exc:
        raise Misconfigured(str(exc), "value") from None
    status = await session.write(node, value)
    if status.is_bad():
        name = status_name(status.value)
        raise BadAnswer(f"{_REFUSALS.get(name, 'The equipment refuses it.')} ({status_words(status)})", name)
    return before, plain(value)


def same(one: Raw, other: Raw) -> bool:
    """Whether two values are the same, as far as their digits go."""
    if isinstance(one, int | float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)
    return one == other


def shown_value(value: Raw) -> str:
    """A value in a sentence."""
    return f"{value:g}" if isinstance(value, float) else str(value)
