"""A heated or cooled bath: how its temperature moves."""

from __future__ import annotations

import random
from dataclasses import dataclass

from .disturbance import Disturbance

AMBIENT = 22.0
"""Temperature of the hall, °C."""
SOAKING = 60.0
"""Seconds in which a load takes on most of the bath's temperature."""
STAY = 240.0
"""Seconds that a load stays in the bath."""


@dataclass(frozen=True, kw_only=True)
class Heat:
    """The thermal data of a tank.

    `power` is what the heater adds in K/s when it is on, negative for a chiller; the thermostat switches it
    at `setpoint` ± `hysteresis`. `settling` is the time constant in seconds with which the bath would take on
    the temperature of the hall. Every `load_every` seconds on average a load of `load_at` °C goes in that has
    `load_share` of the bath's heat capacity; current through it adds `work` K/s while it is in.
    """

    setpoint: float
    power: float
    hysteresis: float = 0.4
    settling: float = 21600.0
    load_every: float = 600.0
    load_share: float = 0.004
    load_at: float = AMBIENT
    work: float = 0.0


@dataclass
class Load:
    """Work that hangs in the bath."""

    temperature: float
    left: float


class Tank:
    """A bath with first-order exchange with the hall, a thermostat, and work that goes in and out."""

    def __init__(self, heat: Heat, rng: random.Random) -> None:
        self.heat = heat
        self.value = heat.setpoint + rng.uniform(-1.0, 1.0) * heat.hysteresis
        self.on = rng.random() < 0.5
        self._rng = rng
        self._load: Load | None = None
        self._next_load = rng.uniform(0.0, heat.load_every)

    def step(self, seconds: float, disturbance: Disturbance) -> None:
        """Move on by a few seconds (short against every time constant)."""
        heat = self.heat
        self._switch()
        on = self.on if disturbance.control is None else disturbance.control
        change = disturbance.loss * (AMBIENT - self.value) / heat.settling + disturbance.inflow
        change += heat.power if on else 0.0
        self.value += seconds * (change + self._exchange(seconds))

    def _switch(self) -> None:
        """The thermostat: a heater comes on below the setpoint, a chiller above it."""
        cold = self.heat.setpoint - self.value
        need = cold if self.heat.power > 0 else -cold
        if need > self.heat.hysteresis:
            self.on = True
        elif need < -self.heat.hysteresis:
            self.on = False

    def _exchange(self, seconds: float) -> float:
        """What the load does to the bath, K/s."""
        self._next_load -= seconds
        if self._load is None and self._next_load <= 0:
            self._load = Load(self.heat.load_at, STAY)
            self._next_load = self.heat.load_every * self._rng.uniform(0.7, 1.3)
        load = self._load
        if load is None:
            return 0.0
        flow = (self.value - load.temperature) / SOAKING
        load.temperature += flow * seconds
        load.left -= seconds
        if load.left <= 0:
            self._load = None
        return self.heat.work - self.heat.load_share * flow
