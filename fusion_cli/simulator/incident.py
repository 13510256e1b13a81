"""What can happen on the line, as a sequence of disturbances of one measuring point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from . import plant
from .disturbance import Disturbance


class Phase(NamedTuple):
    """A disturbance that lasts so many seconds."""

    seconds: int
    disturbance: Disturbance


@dataclass(frozen=True)
class Incident:
    """Something that happens to one measuring point."""

    serial: str
    story: str
    phases: tuple[Phase, ...]

    @property
    def seconds(self) -> int:
        """How long it lasts; the way back to normal comes after it."""
        return sum(phase.seconds for phase in self.phases)

    def after(self, elapsed: int) -> Disturbance | None:
        """The disturbance so many seconds after its beginning; None before and after."""
        if elapsed < 0:
            return None
        for phase in self.phases:
            if elapsed < phase.seconds:
                return phase.disturbance
            elapsed -= phase.seconds
        return None


def silent(serial: str, seconds: int) -> Incident:
    """A probe that sends nothing."""
    return Incident(serial, "the probe goes silent", (Phase(seconds, Disturbance(silent=True)),))


def cut_wire(serial: str, seconds: int = 180) -> Incident:
    """A probe whose wire is cut."""
    return Incident(serial, "the wire of the probe is cut", (Phase(seconds, Disturbance(fault=True)),))


def heater_stuck(serial: str, seconds: int) -> Incident:
    """A heater that does not switch off, until somebody opens the cooling water."""
    return Incident(
        serial,
        "the heater does not switch off",
        (
            Phase(seconds, Disturbance(inflow=0.03, control=True)),
            Phase(seconds, Disturbance(inflow=-0.025, control=False)),
        ),
    )


def dance(serial: str, limit: float) -> Incident:
    """A value that swings about a limit by less than the deadband: one excursion, not ten."""
    return Incident(serial, f"it dances on the limit {limit}", (Phase(420, Disturbance(around=limit)),))


HEATER_TRIPPED = Incident(
    plant.NICKEL, "the heater trips and is reset after 20 minutes", (Phase(1200, Disturbance(control=False)),)
)
MAKE_UP = Incident(plant.NICKEL, "cold make-up water runs in", (Phase(160, Disturbance(inflow=-0.03)),))
CHILLER_OFF = Incident(
    plant.ANODISE_3, "the chiller is off", (Phase(140, Disturbance(inflow=0.012, control=False)),)
)
OVERDOSE = Incident(
    plant.ZINC_PH,
    "too much acid is dosed, then taken back",
    (
        Phase(100, Disturbance(inflow=-0.0065)),
        Phase(60, Disturbance()),
        Phase(150, Disturbance(inflow=0.0042)),
    ),
)
OVEN_DOOR = Incident(
    plant.BAKE,
    "the door is opened and left ajar",
    (Phase(45, Disturbance(loss=4.0)), Phase(480, Disturbance(loss=1.9, control=True))),
)
CHILLER_WEAK = Incident(
    plant.ANODISE_2,
    "the chiller stands still with full current on the bath",
    (Phase(90, Disturbance(inflow=0.02, control=False)), Phase(420, Disturbance(control=False))),
)

OPENING: Sequence[tuple[int, Incident]] = (
    (-240, silent(plant.PICKLE, 780)),
    (0, OVEN_DOOR),
    (0, CHILLER_WEAK),
)
"""What is going on when the line comes into view, so that there is something of every kind to see: seconds
from the start, and the incident."""

PAST: Sequence[tuple[int, Incident]] = (
    (-5 * 3600, HEATER_TRIPPED),
    (-9000, silent(plant.NICKEL, 1500)),
    (-9000, silent(plant.NICKEL_PH, 1500)),
)
"""What a look back finds."""

CYCLE: Sequence[Incident] = (
    heater_stuck(plant.HARD_CHROME, 160),
    cut_wire(plant.ELECTROCLEAN),
    dance(plant.SULFAMATE_PH, 4.5),
    silent(plant.SOAK, 300),
    MAKE_UP,
    dance(plant.ZINC_PH, 6.0),
    cut_wire(plant.ZINC),
    CHILLER_OFF,
    silent(plant.DECO_CHROME, 300),
    OVERDOSE,
    heater_stuck(plant.SULFAMATE, 150),
    cut_wire(plant.HARD_CHROME),
)
"""What happens one after the other from then on."""
