"""Tasmota.

``cmnd/%topic%/POWER<n>`` takes ``ON`` and ``OFF``; the answer is ``stat/%topic%/RESULT`` with ``{"POWER<n>":"ON"}``,
and ``stat/%topic%/POWER<n>`` with the bare state. With SetOption4 the JSON comes under the second one. The number is
left out where there is one relay, or is 1. ``tele/%topic%/STATE`` tells of all, every five minutes. FullTopic may have
the levels in another order, which the device's pattern shows. Source: Tasmota documentation, pages "MQTT" (Command
flow, FullTopic) and "Commands" (Power, SetOption4).
"""

from __future__ import annotations

from ...protocol.parsers.json_payload import json_text
from ..order import Answer, Order, Target, document, reported, word

_PREFIXES = frozenset(("+", "cmnd", "stat", "tele"))


def order(target: Target, on: bool, _number: int) -> Order:
    """What switches a relay."""
    number = target.number(1)
    named = f"POWER{number}"
    names = (named, "POWER") if number == 1 else (named,)
    command, stat = _topic(target, "cmnd"), _topic(target, "stat")
    asked = f"POWER{number}" if target.relay.strip() else "POWER"

    def result(payload: bytes) -> Answer | None:
        said = document(payload)
        if said.get("Command") in ("Unknown", "Error") and json_text(said.get("Input")).upper() == asked:
            return Answer(False, f"It knows no {asked}.")
        return reported(any(json_text(said.get(name)).lower() == word(on) for name in names), on)

    def state(payload: bytes) -> Answer | None:
        if payload.lstrip().startswith(b"{"):
            return result(payload)
        return reported(payload.strip().lower() == word(on).encode(), on)

    return Order(
        f"{command}/{asked}",
        word(on).upper().encode(),
        {f"{stat}/RESULT": result, **{f"{stat}/{name}": state for name in names}},
        reports={f"{_topic(target, 'tele')}/STATE": result},
    )


def _topic(target: Target, prefix: str) -> str:
    """FullTopic with this prefix."""
    levels = [level for level in target.topic_pattern.split("/") if level != "#"]
    if target.device in levels:
        device = levels.index(target.device)
        for at, level in enumerate(levels):
            if at != device and level.lower() in _PREFIXES:
                full = [*levels[:at], prefix, *levels[at + 1 :]][: max(at, device) + 1]
                if "+" not in full:
                    return "/".join(full)
    return f"{prefix}/{target.device}"
