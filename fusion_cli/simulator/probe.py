"""What a probe makes of the truth: lag, offset, noise, resolution, faults."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from .disturbance import Disturbance


@dataclass(frozen=True, kw_only=True)
class Probe:
    """A kind of probe. Values in the unit of what it measures, times in seconds.

    `offset` is how far one specimen may be off, `cut` what it reports when its wire is cut (None: nothing).
    """

    resolution: float
    noise: float
    offset: float
    lag: float
    interval: int
    cut: float | None = None


DS18B20 = Probe(resolution=1 / 16, noise=0.03, offset=0.15, lag=15.0, interval=10, cut=-127.0)
"""12-bit conversion, in a steel sleeve; −127 is what its readers report when it does not answer."""
OVEN = Probe(resolution=0.1, noise=0.12, offset=0.5, lag=8.0, interval=10)
"""A transmitter with a Pt100; a DS18B20 ends at 125 °C."""
PH_ELECTRODE = Probe(resolution=0.01, noise=0.004, offset=0.01, lag=10.0, interval=20)


class Reader:
    """One specimen of a probe."""

    def __init__(self, probe: Probe, rng: random.Random, truth: float) -> None:
        self.probe = probe
        self._rng = rng
        self._offset = rng.uniform(-probe.offset, probe.offset)
        self._seen = truth

    def follow(self, truth: float, seconds: float) -> None:
        """Let the tip of the probe follow the bath."""
        self._seen += (truth - self._seen) * (1 - math.exp(-seconds / self.probe.lag))

    def read(self, disturbance: Disturbance) -> float | None:
        """The value it reports now; None when it is silent."""
        if disturbance.silent:
            return None
        if disturbance.fault:
            return self.probe.cut
        value = self._seen + self._offset + self._rng.gauss(0.0, self.probe.noise)
        steps = round(value / self.probe.resolution)
        return round(steps * self.probe.resolution, 4)
