"""What the switching of relays says of power.

A relay that is off lets nothing through: the power behind it is 0 W from that moment, whatever its meter last said.
Many plugs never send that 0 (Zigbee2MQTT issues 24688 and 28470), others only with their next report, minutes later
(Tasmota issue 7050). That a relay is on says nothing of power.

Which relay has a meter behind it is learnt from the power that the device reports. Nothing is invented for a device
without a meter.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from .measurement import Measurement
from .parsers import Parsed, Switched
from .parsers.families.zigbee2mqtt import PHASE

_REMEMBERED = 20_000
_MOST_METERS = 64
# what a device published about the same moment may come a little later
_SAME_REPORT = timedelta(seconds=10)
# Zigbee2MQTT says the state anew with every report, so that an "on" is never missed for long
_REPEATS_STATE = "attribute"
_FIRST = "1"


@dataclass(slots=True)
class _Device:
    """What was heard of one device.

    :ivar power: the last power of each meter, in W; ``None`` when it is not known
    :ivar on: whether each relay is on, by its meter and its name
    :ivar relays: all relays of the device, as far as it told
    :ivar behind: which relay a meter is behind, where the device told
    :ivar off_at: when the relay before a meter was reported off
    :ivar own: meters that are behind their relay for certain
    :ivar elsewhere: meters that go on measuring while the relay is off: it is not the one before them
    """

    power: dict[str, float | None] = field(default_factory=dict)
    on: dict[tuple[str, str], bool] = field(default_factory=dict)
    relays: tuple[str, ...] = ()
    behind: dict[str, str] = field(default_factory=dict)
    off_at: dict[str, datetime] = field(default_factory=dict)
    own: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)


class Switching:
    """Makes of a relay that is off a measurement of 0 W on the meter behind it, and of power said with it 0 W too.

    Keeps at most some 20,000 devices in mind.
    """

    def __init__(self) -> None:
        self._devices: OrderedDict[str, _Device] = OrderedDict()

    def know(self, device: str, meters: Iterable[str]) -> None:
        """The device is known to measure power on these channels, from before."""
        known = self._device(device)
        for meter in meters:
            known.power.setdefault(meter, None)

    def follow(
        self, device: str, measurements: Sequence[Measurement], parsed: Parsed, received_at: datetime
    ) -> Sequence[Measurement]:
        """The measurements of a message after what it, and messages just before it, said of relays.

        :param device: under which name the device is remembered
        :param measurements: those of ``parsed`` that count
        :param received_at: when the message was received, aware UTC
        """
        switched = [item for item in parsed.items if isinstance(item, Switched) and not item.retained]
        powers = any(item.quantity == "power" for item in measurements)
        if not switched and not powers:
            return measurements
        known = self._device(device)
        # what is on at last was on when the power beside it was measured
        for item in switched:
            if item.on:
                _switch(known, item, received_at)
        said = dict(parsed.overruled)
        if powers:
            within = timedelta.max if parsed.voice == _REPEATS_STATE else _SAME_REPORT
            measurements = [self._power(known, item, received_at, within) for item in measurements]
        known.behind.update((meter, relay) for meter, relay in parsed.behind if meter in known.power)
        dark = {
            meter: item for item in switched if not item.on for meter in _switch(known, item, received_at)
        }
        off = dark.keys() | {
            meter
            for item in switched
            if not item.on and item.certain
            for meter in _meters_behind(known, item)
        }
        if said:
            # the message alone did not know the other relays of the device
            measurements = [
                item._replace(value=said[item.channel])
                if _is_power(item) and item.channel in said and item.channel not in off
                else item
                for item in measurements
            ]
            known.power.update((meter, said[meter]) for meter in said.keys() & known.power.keys() - off)
        if not off:
            return measurements
        beside = {item.channel for item in measurements if _is_power(item) and item.channel in off}
        certain = {meter for meter in off if meter in known.own}
        measurements = [
            item._replace(value=0.0, switched_off=item.switched_off or item.channel in dark)
            if _is_power(item) and item.channel in certain
            else item
            for item in measurements
        ]
        zeros = [
            Measurement(
                *(item.device, 0.0, "power", "W", item.at, meter),
                impossible_time=item.impossible_time,
                switched_off=True,
            )
            for meter, item in dark.items()
            if meter not in beside or meter not in certain
        ]
        return [*measurements, *zeros]

    def _device(self, name: str) -> _Device:
        known = self._devices.get(name)
        if known is None:
            known = self._devices[name] = _Device()
            if len(self._devices) > _REMEMBERED:
                self._devices.popitem(last=False)
        else:
            self._devices.move_to_end(name)
        return known

    @staticmethod
    def _power(known: _Device, item: Measurement, received_at: datetime, within: timedelta) -> Measurement:
        meter = item.channel
        if item.quantity != "power" or item.retained:
            return item
        if meter not in known.power and len(known.power) >= _MOST_METERS:
            return item
        off_at = known.off_at.get(meter)
        if off_at is not None and item.value:
            if meter in known.own and received_at - off_at <= within:
                item = item._replace(value=0.0, switched_off=True)
            elif received_at - off_at > _SAME_REPORT:
                known.elsewhere.add(meter)
        known.power[meter] = item.value
        return item


def _is_power(item: Measurement) -> bool:
    return item.quantity == "power" and not item.retained and item.value is not None


def _switch(known: _Device, item: Switched, received_at: datetime) -> list[str]:
    """The meters that show 0 W by this."""
    key = (item.meter, item.relay)
    before = known.on.get(key)
    if before is None and len(known.on) >= _MOST_METERS:
        return []
    known.on[key] = item.on
    known.relays = item.relays or known.relays
    meters = _meters_behind(known, item)
    if item.on:
        for meter in meters:
            known.off_at.pop(meter, None)
        return []
    dark = []
    for meter in meters:
        news = before is not False or known.power.get(meter) != 0.0
        if item.certain:
            doubtful = False
        else:
            news, doubtful = before is not False, meter in known.elsewhere
        if news and not doubtful:
            dark.append(meter)
            known.power[meter] = 0.0
        if news:
            known.off_at[meter] = received_at
            if item.certain:
                known.own.add(meter)
    return dark


def _meters_behind(known: _Device, item: Switched) -> list[str]:
    """The power meters of the device behind a relay: its own, and one behind all relays once none of them is on."""
    base, relay = item.meter, item.relay
    if item.certain:
        return _meters_certainly_behind(known, item)
    if not relay:
        alone = not any(meter.startswith(f"{base}.") for meter in known.power)
        return [base] if base in known.power and alone else []
    own = f"{base}.{relay}"
    meters = [own] if own in known.power else []
    prefix = f"{base}."
    relays = known.relays or [meter.removeprefix(prefix) for meter in known.power if meter.startswith(prefix)]
    if base in known.power and relays:
        all_off = not any(known.on.get((base, one), True) for one in relays)
        if all_off or item.on:
            meters.append(base)
    return meters


def _meters_certainly_behind(known: _Device, item: Switched) -> list[str]:
    """The same of a relay that has its meter behind it: those of all the relays ever seen there count."""
    base, relay = item.meter, item.relay
    seen = {one: on for (meter, one), on in known.on.items() if meter == base}
    own = f"{base}.{relay}" if base else relay
    meters = [own] if relay and own in known.power else []
    if base in known.power and _before_common_meter(known, item, seen):
        meters.append(base)
    if not base and not relay and len(seen) == 1:
        meters += filter(PHASE.match, known.power)
    return meters


def _before_common_meter(known: _Device, item: Switched, seen: Mapping[str, bool]) -> bool:
    """Whether the meter without a number of its own follows a relay."""
    base, relay = item.meter, item.relay
    behind = known.behind.get(base)
    only = len(seen) == 1
    if behind is not None and relay:
        # another endpoint than the meter's says nothing of it, unless it is all there is
        return relay == behind or (only and relay == _FIRST)
    if item.on:
        return True
    complete = not only or not relay or (base != "" and relay == _FIRST)
    return complete and not any(seen.values())
