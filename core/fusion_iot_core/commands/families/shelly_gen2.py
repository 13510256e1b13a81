"""Shelly devices of the second, third and fourth generation.

A JSON-RPC request goes to ``<prefix>/rpc``, and its answer comes back at ``<src of the request>/rpc``: the ``src`` is
chosen below the device's own prefix, where the device's pattern covers it. A device with a password, whose answer is
an error, says so there. The ``id`` of the request is in the answer, which is exact by that. Without it, a report of the
relay's state counts as well. Source: Shelly's public
documentation of the Gen2+ API, RPC Protocol, RPC Channels and Switch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from ..order import Answer, Order, Target, document, reported

# Where the parser of the family takes an answer for one of the device of that prefix, whatever its own id is.
_ANSWERED_AT = "status"
_LONGEST_WORDS = 500


def order(target: Target, on: bool, number: int) -> Order:
    """What switches a relay."""
    prefix, index = target.base(), target.number(0, "switch")
    source = f"{prefix}/{_ANSWERED_AT}"
    request = {"id": number, "src": source, "method": "Switch.Set", "params": {"id": index, "on": on}}

    def answer(payload: bytes) -> Answer | None:
        frame = document(payload)
        if frame.get("id") != number or "method" in frame:
            return None
        if error := frame.get("error"):
            return Answer(False, _words(error))
        return reported("result" in frame, on)

    def notified(payload: bytes) -> Answer | None:
        return status(_object(document(payload).get("params")).get(f"switch:{index}"))

    def status(component: object) -> Answer | None:
        return reported(_object(component).get("output") is on, on)

    return Order(
        f"{prefix}/rpc",
        json.dumps(request).encode(),
        {
            f"{source}/rpc": answer,
            f"{prefix}/events/rpc": notified,
            f"{prefix}/status/switch:{index}": lambda payload: status(document(payload)),
        },
        exact=frozenset((f"{source}/rpc",)),
    )


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _words(error: object) -> str:
    """``{"code": -105, "message": "Argument 'id', value 3 not found!"}``"""
    said = _object(error)
    if said.get("code") == 401:
        return "It asks for a password. Have it take commands over MQTT without one."
    text = f"{said.get('message') or said.get('code') or 'error'}"
    return "".join(filter(str.isprintable, text))[:_LONGEST_WORDS] or "error"
