"""Messages, taken straight out of what was received (MQTT 5.0 and 3.1.1, section 3.3).

At a hundred thousand messages a second, as one publisher alone can send at QoS 0, nothing may be made of a message
before it is known that it will be stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from odoo.addons.fusion_iot_base.protocol.parsers import Message

from .gate import Gate
from .inbound import Inbound
from .wire import Wire

PUBACK = b"\x40\x02"
_PUBLISH, _RETAIN, _DUP = 3, 0x01, 0x08
_LONGEST_LENGTH = 4


class Packets:
    """The messages of one network connection.

    :param version_5: whether messages have properties
    :param link: number of the connection, for :class:`Inbound`
    :param gate: lets messages of QoS 0 in; ``None`` lets all in
    :ivar delivered: how many messages were handed over so far
    """

    def __init__(
        self, version_5: bool, link: int, gate: Gate | None, deliver: Callable[[Inbound], None]
    ) -> None:
        self._version_5 = version_5
        self._link = link
        self._gate = gate
        self._deliver = deliver
        self.delivered = 0

    def take(self, wire: Wire, most: int) -> int:
        """Deliver messages until something else comes, or so many were delivered.

        :return: length of the packet that comes next and is no message of QoS 0 or 1; 0 when there is none: the wire
            then knows whether what is left of it needs more bytes
        """
        if wire.lacking:
            return 0
        data, at = wire.data, wire.start
        end = len(data)
        gate, version_5 = self._gate, self._version_5
        until = self.delivered + most
        if gate is not None:
            gate.tick()
        while at < end and self.delivered < until:
            found = _length(data, at + 1, end)
            if found is None:
                wire.start = at
                wire.lack(1)
                return 0
            length, body = found
            stop = body + length
            if stop > end:
                wire.start = at
                wire.lack(stop - end)
                return 0
            head = data[at]
            qos = head >> 1 & 3
            if head >> 4 != _PUBLISH or qos > 1:
                wire.start = at
                return stop - at
            name = body + 2
            try:
                after = name + (data[body] << 8 | data[body + 1])
                topic = data[name:after]
                mid = data[after] << 8 | data[after + 1] if qos else 0
                rest = after + 2 if qos else after
                if version_5:
                    properties = data[rest]
                    rest = rest + 1 + properties if properties < 0x80 else _passed(data, rest, stop)
            except IndexError:
                rest = stop + 1
            if rest > stop:  # the library finds the words for it
                wire.start = at
                return stop - at
            at = stop
            if not qos and gate is not None and not gate.admits(topic, stop - rest, bool(head & _RETAIN)):
                continue
            self.delivered += 1
            self._deliver(
                Inbound(
                    # A time of its own: two messages of one value are two readings.
                    Message(_text(topic), data[rest:stop], datetime.now(timezone.utc), bool(head & _RETAIN)),
                    qos,
                    mid,
                    bool(head & _DUP),
                    self._link,
                )
            )
        wire.start = at
        return 0


def _length(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """A variable byte integer and where it ends; ``None`` while it is not here whole."""
    number = shift = 0
    for position in range(at, min(end, at + _LONGEST_LENGTH)):
        byte = data[position]
        number |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return number, position + 1
        shift += 7
    return None if end < at + _LONGEST_LENGTH else (0, end)


def _passed(data: bytes, at: int, end: int) -> int:
    """Where properties end that begin at ``at``; behind the ``end`` where they do not end in time."""
    properties, start = _length(data, at, end) or (end, at)
    return start + properties


def _text(topic: bytes) -> str:
    try:
        return topic.decode()
    except UnicodeDecodeError:
        return "(not UTF-8)"
