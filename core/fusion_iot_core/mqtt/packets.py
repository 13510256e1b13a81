"""Messages, taken straight out of what was received (MQTT 5.0 and 3.1.1, section 3.3).

At a hundred thousand messages a second, as one publisher alone can send at QoS 0, nothing may be made of a message
before it is known that it will be stored.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone

from ..protocol.parsers import Message
from .backlog import Backlog
from .gate import Gate
from .inbound import Inbound
from .wire import Wire

PUBACK, PUBREC, PUBCOMP = b"\x40\x02", b"\x50\x02", b"\x70\x02"
_PUBLISH, _PUBREL, _RETAIN, _DUP = 3, 6, 0x01, 0x08
_LONGEST_LENGTH = 4


class Packets:
    """The messages of one network connection.

    :param version_5: whether messages have properties
    :param link: number of the connection, for :class:`Inbound`
    :param gate: lets messages of QoS 0 in; ``None`` lets all in
    :param backlog: is told of what has to be acknowledged
    :ivar delivered: how many messages were handed over so far
    :ivar twofold: packet identifiers of messages of QoS 2, which are acknowledged in two steps. We subscribe at QoS 1;
        a session that another program began under our client id can still have some.
    """

    def __init__(
        self,
        version_5: bool,
        link: int,
        gate: Gate | None,
        deliver: Callable[[Inbound], None],
        backlog: Backlog | None = None,
    ) -> None:
        self._version_5 = version_5
        self._link = link
        self._gate = gate
        self._deliver = deliver
        self._backlog = backlog or Backlog()
        self.delivered = 0
        self.twofold: set[int] = set()

    def take(self, wire: Wire, most: int) -> int:
        """Deliver messages until something else comes, or so many were delivered.

        :return: length of the packet that comes next and is left to the library; 0 when there is none: the wire then
            knows whether what is left of it needs more bytes
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
            if head >> 4 == _PUBREL and (length == 2 or (version_5 and length > 2)):
                released = data[body : body + 2]
                self.twofold.discard(int.from_bytes(released, "big"))
                wire.send(PUBCOMP + released)
                at = stop
                continue
            if head >> 4 != _PUBLISH or qos > 2:
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
            if rest > stop or not (topic or version_5):  # malformed: the library refuses it
                wire.start = at
                return stop - at
            at = stop
            if not qos and gate is not None and not gate.admits(topic, stop - rest, bool(head & _RETAIN)):
                continue
            self._hand_over(head, mid, topic, data[rest:stop])
        wire.start = at
        return 0

    def _hand_over(self, head: int, mid: int, topic: bytes, payload: bytes) -> None:
        qos = head >> 1 & 3
        if qos:
            self._backlog.receive()
            if qos == 2:
                self.twofold.add(mid)
        self.delivered += 1
        # A time of its own: two messages of one value are two readings.
        message = Message(_text(topic), payload, datetime.now(timezone.utc), bool(head & _RETAIN))
        self._deliver(Inbound(message, qos, mid, bool(head & _DUP), self._link))


def _length(data: bytes, at: int, end: int) -> tuple[int, int] | None:
    """A variable byte integer and where it ends; ``None`` while it is not here whole.

    One that is longer than it may be is 0 and ends at ``end``: the library, given all that, refuses it.
    """
    number = shift = 0
    for position in range(at, min(end, at + _LONGEST_LENGTH)):
        byte = data[position]
        number |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return number, position + 1
        shift += 7
    return None if end <= at + _LONGEST_LENGTH else (0, end)  # the library counts one byte more


def _passed(data: bytes, at: int, end: int) -> int:
    """Where properties end that begin at ``at``; behind the ``end`` where they do not end in time."""
    properties, start = _length(data, at, min(end, at + _LONGEST_LENGTH)) or (end, at + 1)
    return start + properties


def _text(topic: bytes) -> str:
    try:
        return topic.decode()
    except UnicodeDecodeError:
        return "(not UTF-8)"
