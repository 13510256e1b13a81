"""Days of machines as a meter reports them, with noise, and the sessions a person draws into them.

The meter looks once a second and reports what has changed by more than 5 % (and 3 W), and else once a minute
with its counter, as Shelly's second generation does.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta

from fusion_iot_core.detector import Sample
from tests.unit.detector_cases import START

HEARTBEAT_S = 60


def clock(text):
    """Second of the day of ``HH:MM`` or ``HH:MM:SS``."""
    parts = [int(part) for part in text.split(":")]
    return sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


@dataclass
class Day:
    """The true power of every second of a day, drawn from left to right."""

    watts: list = field(default_factory=list)

    def to(self, when, power):
        """This power until then."""
        return self.repeat(when, [(1, power)])

    def repeat(self, when, pattern):
        """``(seconds, W)``, over and over until then."""
        end = clock(when)
        while len(self.watts) < end:
            for seconds, power in pattern:
                self.watts += [power] * seconds
        del self.watts[end:]
        return self

    def spike(self, when, power, seconds=1):
        """This power then, whatever there was."""
        start = clock(when)
        self.watts[start : start + seconds] = [power] * seconds
        return self


def reported(day, *, seed, noise=0.02, silent=(), false_zeros=()):
    """What the meter says of a day.

    :param silent: ``(from, to)`` without a message; the meter speaks up at the end of it
    :param false_zeros: when the meter says 0 W for two seconds though there is power
    """
    chance = random.Random(seed)
    gaps = [(clock(start), clock(end)) for start, end in silent]
    zeros = {clock(when) + late for when in false_zeros for late in (0, 1)}
    said, counter, last, last_at = [], 123_456.7, None, None
    for second, true in enumerate(day.watts):
        power = max(true * chance.gauss(1, noise) + chance.gauss(0, 0.1), 0.0)
        shown = 0.0 if second in zeros else round(power, 1)
        due = last is None or second - last_at >= HEARTBEAT_S
        changed = last is None or abs(shown - last) > max(3.0, 0.05 * last)
        if (due or changed) and not any(start <= second < end for start, end in gaps):
            reading = round(counter, 3) if due else None
            said.append(Sample(START + timedelta(seconds=second), shown, reading))
            last, last_at = shown, second
        counter += power / 3600
    return said


# The washing machine: 7 W while it waits for a delayed start, 6 W between turns of the drum, 2 W when it soaks and
# when it shows that it is done

_WASH = ((12, 220), (8, 6))
_RINSE = ((14, 200), (6, 6))


def _load(day, *, fill, heat, wash, drain, soak, rinse, drain_again, spin):
    """A load of 74 minutes, by the end of each part."""
    day.to(fill, 25).to(heat, 2050).repeat(wash, _WASH).to(drain, 35).to(soak, 2)
    return day.repeat(rinse, _RINSE).to(drain_again, 35).to(spin, 460)


def washing_machine():
    """Three loads: a plain one; one with delayed start and anti-crease; one whose meter falls silent."""
    day = Day().to("07:10", 0.5).to("07:12", 2)
    _load(
        day,
        fill="07:14",
        heat="07:32",
        wash="07:54",
        drain="07:55:30",
        soak="07:59:30",
        rinse="08:14:30",
        drain_again="08:16",
        spin="08:26",
    )
    day.to("08:31", 2).to("10:30", 0.5).to("12:00", 7)
    _load(
        day,
        fill="12:02",
        heat="12:20",
        wash="12:42",
        drain="12:43:30",
        soak="12:47:30",
        rinse="13:02:30",
        drain_again="13:04",
        spin="13:14",
    )
    day.repeat("13:54", [(230, 2), (10, 130)]).to("14:00", 2).to("18:00", 0.5)
    _load(
        day,
        fill="18:02",
        heat="18:20",
        wash="18:42",
        drain="18:43:30",
        soak="18:47:30",
        rinse="19:02:30",
        drain_again="19:04",
        spin="19:14",
    )
    day.to("19:20", 2).to("24:00", 0.5)
    return reported(
        day,
        seed=71,
        silent=[("18:40", "18:50")],
        false_zeros=["07:20", "07:25:30", "08:20", "12:10:10", "13:10", "18:10:30", "19:10"],
    )


# The compressor: in use in the morning and in the afternoon, leaks at night


def compressor():
    """49 runs; two clicks of a relay that are none."""
    day = Day().to("03:40", 0.8).to("03:42", 2250).to("06:58", 0.8).to("07:06", 2250).to("07:20", 0.8)
    day.repeat("11:47", [(180, 2250), (540, 0.8)]).to("12:40", 0.8)
    day.repeat("16:22:30", [(150, 2250), (450, 0.8)]).to("21:15", 0.8).to("21:18:30", 2250).to("24:00", 0.8)
    starts = [
        number for number in range(1, len(day.watts)) if day.watts[number] > 1000 > day.watts[number - 1]
    ]
    for number in starts:
        day.watts[number] = 4100  # the motor's inrush
    day.spike("05:00", 900).spike("19:00", 900)
    return reported(day, seed=72)


# The CNC mill: 180 W of control, cuts of 6 minutes with a rapid move at the start of each minute, part changes of
# 90 seconds


def cnc():
    """A shift with warm-up, breakfast, an emergency stop in the middle of a cut, and lunch with the control on."""
    chance = random.Random(73)

    def minute():
        return [(3, 250), *[(3, chance.randrange(1200, 3000)) for _ in range(19)]]

    def parts(until):
        while len(day.watts) < clock(until):
            for _ in range(6):
                _for(day, minute())
            _for(day, [(90, 200)])
        assert len(day.watts) == clock(until)

    day = Day().to("06:55", 3).to("07:00", 180).to("07:15", 900)
    parts("09:00")
    day.to("09:15", 180)
    parts("11:15")
    for _ in range(5):
        _for(day, minute())
    day.to("11:32", 0).to("11:40", 180)
    parts("12:10")
    day.to("12:50", 180)
    parts("15:20")
    day.to("15:35:20", 180).to("24:00", 3)
    return reported(day, seed=73)


def _for(day, pattern):
    for seconds, power in pattern:
        day.watts += [power] * seconds
