"""Devices that say the same thing twice.

A Shelly of the second generation publishes a change as a notification (``events/rpc``) and again as the status of
the component (``status/switch:0``); both can be switched off separately. What was said twice counts once.
"""

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime, timedelta

from .measurement import Measurement
from .parsers import Parsed, Parser

SILENT_AFTER = timedelta(minutes=5)
TWIN_WITHIN = timedelta(seconds=5)
_REMEMBERED = 20_000

_Said = tuple[str, str, float | None]


class EchoFilter:
    """Lets each measurement of a device through by one voice only.

    A voice that echoes another (:attr:`Parser.echoes`) counts as long as the other one is not heard. Once it is, the
    echo is dropped, until the other has been silent for five minutes. Of a device whose voices are not known yet, the
    same value said again by the other voice within five seconds is dropped too.

    Keeps at most some 20,000 devices in mind; forgetting one early makes it one that is not known yet.
    """

    def __init__(self) -> None:
        self._heard: OrderedDict[tuple[str, str], datetime] = OrderedDict()
        self._echoed: OrderedDict[str, tuple[datetime, frozenset[_Said]]] = OrderedDict()

    def know(self, device: str, voice: str, at: datetime) -> None:
        """The device is known to use this voice, from before."""
        self._remember(self._heard, (device, voice), at)

    def heard(self, device: str, voice: str) -> bool:
        """Whether the device has been heard with this voice."""
        return (device, voice) in self._heard

    def pass_on(self, device: str, parsed: Parsed, parser: Parser, at: datetime) -> Sequence[Measurement]:
        """The measurements of a message that count.

        :param device: under which name the device is remembered
        :param at: when it was received, aware UTC
        """
        measurements = parsed.measurements
        if not measurements or not parser.echoes:
            return measurements
        if main := parser.echoes.get(parsed.voice):
            spoken = self._heard.get((device, main))
            if spoken is not None and at - spoken < SILENT_AFTER:
                return ()
            self._remember(self._echoed, device, (at, frozenset(map(_said, measurements))))
            return measurements
        if parsed.voice in parser.echoes.values():
            self._remember(self._heard, (device, parsed.voice), at)
            before = self._echoed.pop(device, None)
            if before is not None and at - before[0] <= TWIN_WITHIN:
                return tuple(item for item in measurements if _said(item) not in before[1])
        return measurements

    @staticmethod
    def _remember(memory: OrderedDict, key: object, value: object) -> None:  # type: ignore[type-arg]
        memory[key] = value
        memory.move_to_end(key)
        if len(memory) > _REMEMBERED:
            memory.popitem(last=False)


def _said(item: Measurement) -> _Said:
    return item.channel, item.quantity, item.value
