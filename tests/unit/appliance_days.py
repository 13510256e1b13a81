"""Days of household appliances as public descriptions tell them, with noise: what *Suggest* has to find its way in.

The washer waits 13 hours for its delayed start and washes with long pauses of the drum; the dishwasher heats twice,
dries for long at next to nothing and pumps once more at the very end.
"""

import random
from functools import cache

from tests.unit.machine_days import Day, clock, reported

DAY_S = 24 * 3600


def _days(parts):
    """Days of their own, one after the other."""
    whole = Day()
    for part in parts:
        whole.watts += part.to("24:00", part.watts[-1] if part.watts else 0.4).watts
    return whole


def _until(start, minutes):
    second = clock(start) + round(60 * minutes)
    return f"{second // 3600}:{second // 60 % 60:02}:{second % 60:02}"


def _eco_wash(day, start):
    """2 h 20 of eco: fill, heat with the drum, wash with long pauses, three rinses, spin."""
    drum, rinse = ((10, 190), (38, 5.5)), ((12, 210), (25, 5.5))
    day.to(_until(start, 3), 24).repeat(_until(start, 15), ((10, 2150), (30, 1980)))
    day.repeat(_until(start, 85), drum).to(_until(start, 86.5), 32).to(_until(start, 89), 4)
    for number in range(3):
        begin = 89 + 14 * number
        day.to(_until(start, begin + 2), 22).repeat(_until(start, begin + 11), rinse)
        day.to(_until(start, begin + 12.5), 34).to(_until(start, begin + 14), 5)
    return day.repeat(_until(start, 139), ((60, 300), (20, 480))).to(_until(start, 140), 5)


@cache
def delayed_washer():
    """Four loads in three days: the first waits from 19:00 to 8:00, where it draws 5.5 W after a short drain."""
    first = Day().to("19:00", 0.4).to("19:00:40", 20).to("24:00", 5.5)
    second = _eco_wash(Day().to("08:00", 5.5), "08:00").to("11:00", 3.2).to("13:30", 0.4)
    _eco_wash(second, "13:30").to("16:20", 3.2)
    third = Day().to("09:15", 0.4)
    _eco_wash(third, "09:15").to("12:00", 3.2).to("17:40", 0.4)
    _eco_wash(third, "17:40").to("20:10", 3.2).to("24:00", 0.4)
    second.to("24:00", 0.4)
    return reported(_days([first, second, third]), seed=81)


def _dishes(day, start):
    """2 h 15: rinse, heat, wash, drain, heat, dry at 3.4 W, pump."""
    day.to(_until(start, 8), 58).to(_until(start, 22), 1930).repeat(_until(start, 58), ((50, 62), (8, 4)))
    day.to(_until(start, 59.5), 27).to(_until(start, 61), 6).to(_until(start, 70), 60)
    return day.to(_until(start, 82), 1920).to(_until(start, 134), 3.4).to(_until(start, 135), 29)


@cache
def dishwasher():
    """Five runs in three days."""
    days = []
    for starts in (("13:10", "20:30"), ("20:45",), ("12:40", "21:05")):
        day = Day()
        for start in starts:
            _dishes(day.to(start, 0.5), start).to(_until(start, 160), 1.6)
        days.append(day.to("24:00", 0.5))
    return reported(_days(days), seed=82)


@cache
def fridge():
    """A compressor of 85 W that runs 14 minutes of every 45, all day: 32 times."""
    day = Day().repeat("24:00", ((840, 85), (1860, 1.2)))
    return reported(day, seed=83)


@cache
def dryer():
    """Three loads; after each the drum turns for 20 s every five minutes for an hour, without heat."""
    day = Day()
    for start in ("09:00", "12:30", "18:00"):
        day.to(start, 0.6).repeat(_until(start, 75), ((540, 2250), (60, 260))).to(_until(start, 80), 250)
        day.repeat(_until(start, 140), ((280, 2.4), (20, 240)))
    return reported(day.to("24:00", 0.6), seed=84)


@cache
def printer():
    """Two prints of hours: 9 W idle before and after, 70 W with the bed at 190 W now and then; off at night."""
    day = Day().to("09:00", 0.2)
    for start, end, off in (("09:10", "12:40", "13:00"), ("14:00", "19:30", "19:50")):
        day.to(start, 9).to(_until(start, 4), 260).repeat(end, ((20, 72), (9, 190))).to(off, 9)
        day.to("13:50" if off == "13:00" else "24:00", 0.2)
    return reported(day, seed=85)


@cache
def saw():
    """40 cuts in a morning and an afternoon, 35 W between them; off at noon and at night."""
    chance = random.Random(86)
    day = Day().to("08:00", 0.3)
    for end in ("11:50", "16:45"):
        while len(day.watts) < clock(end) - 600:
            day.watts += [1900] * chance.randrange(15, 90) + [35] * chance.randrange(60, 500)
        day.to(end, 35).to("13:00" if end == "11:50" else "24:00", 0.3)
    return reported(day, seed=86)
