"""What became of an attempt to deliver."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt.

    :ivar reason: why it failed, for `iot.alert.delivery._in_words`; empty where it did not
    :ivar detail: what the other side, or the system, says of it
    :ivar is_final: another attempt would end the same way
    :ivar asked: seconds that the other side wants to be left alone
    :ivar gone: ids of `mail.push.device` that do not exist any more
    """

    reason: str = ""
    detail: str = ""
    is_final: bool = False
    asked: float = 0.0
    gone: tuple[int, ...] = ()
