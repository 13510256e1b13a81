"""The pH of a bath that drifts with the work and is corrected by a dosing pump."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from .disturbance import Disturbance

SWING = 0.04
"""Half the height of the swing that a disturbed pH is led through. Half of it arrives at the electrode, which
is less than its deadband of 0.05."""
PERIOD = 95.0
"""Seconds of one swing."""
FOLLOWING = 20.0
"""Seconds in which a disturbed pH comes to the value it swings around."""


@dataclass(frozen=True, kw_only=True)
class Chemistry:
    """The data of a solution: `drift` in pH/s, and a pump that turns it back.

    The pump starts when the value is further than `band` from the `setpoint` on the side the drift leads to,
    changes it by `dose` pH/s, and stops at the setpoint.
    """

    setpoint: float
    drift: float
    band: float = 0.06
    dose: float = 0.0008


class Solution:
    """A pH that drifts, and is corrected."""

    def __init__(self, chemistry: Chemistry, rng: random.Random) -> None:
        self.chemistry = chemistry
        self.value = chemistry.setpoint + math.copysign(rng.uniform(0.0, chemistry.band), chemistry.drift)
        self.dosing = False
        self._angle = 0.0

    def step(self, seconds: float, disturbance: Disturbance) -> None:
        """Move on by a few seconds."""
        if disturbance.around is not None:
            self._swing(seconds, disturbance.around)
            return
        self._angle = 0.0
        self._switch()
        way = math.copysign(1.0, self.chemistry.drift)
        dosing = self.dosing if disturbance.control is None else disturbance.control
        change = self.chemistry.drift - (way * self.chemistry.dose if dosing else 0.0)
        self.value += seconds * (change + disturbance.inflow)

    def _switch(self) -> None:
        off = (self.value - self.chemistry.setpoint) * math.copysign(1.0, self.chemistry.drift)
        if off > self.chemistry.band:
            self.dosing = True
        elif off <= 0:
            self.dosing = False

    def _swing(self, seconds: float, around: float) -> None:
        self._angle += seconds * 2 * math.pi / PERIOD
        goal = around + SWING * math.sin(self._angle)
        self.value += (goal - self.value) * (1 - math.exp(-seconds / FOLLOWING))
