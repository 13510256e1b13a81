"""What goes wrong with one measuring point for a while."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Disturbance:
    """A departure from normal operation; the default is none.

    `inflow` is what comes from outside, in the unit of the quantity per second (cold make-up water, a dosing
    pump that runs on). `loss` multiplies the exchange with the surroundings (a door or lid left open).
    `control` forces the heater, chiller or dosing pump on or off. `around` makes a solution swing about this
    value. `silent` and `fault` concern the probe: no reading at all, or the one of a cut wire.
    """

    inflow: float = 0.0
    loss: float = 1.0
    control: bool | None = None
    around: float | None = None
    silent: bool = False
    fault: bool = False


CALM = Disturbance()
