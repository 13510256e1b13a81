"""The measuring points of Line 1: their serials and what is behind them."""

from __future__ import annotations

from dataclasses import dataclass

from .probe import DS18B20, OVEN, PH_ELECTRODE, Probe
from .solution import Chemistry
from .tank import Heat


@dataclass(frozen=True)
class Point:
    """A probe in a tank."""

    serial: str
    place: str
    probe: Probe
    source: Heat | Chemistry


SOAK = "28-00000a1b2c01"
ELECTROCLEAN = "28-00000a1b2c02"
PICKLE = "28-00000a1b2c03"
ZINC = "28-00000a1b2c04"
NICKEL = "28-00000a1b2c05"
SULFAMATE = "28-00000a1b2c06"
HARD_CHROME = "28-00000a1b2c07"
DECO_CHROME = "28-00000a1b2c08"
ANODISE_2 = "28-00000a1b2c09"
ANODISE_3 = "28-00000a1b2c10"
BAKE = "28-00000a1b2c11"
ZINC_PH = "PH-ZN-01"
NICKEL_PH = "PH-EN-01"
SULFAMATE_PH = "PH-NS-01"
RINSE = "28-00000a1b2cf1"
SULFAMATE_TOP = "28-00000a1b2cf6"

POINTS: tuple[Point, ...] = (
    Point(SOAK, "T01 Alkaline soak", DS18B20, Heat(setpoint=65, power=0.006, hysteresis=0.6)),
    Point(ELECTROCLEAN, "T02 Electroclean", DS18B20, Heat(setpoint=70, power=0.006, hysteresis=0.6)),
    Point(PICKLE, "T03 Pickle", DS18B20, Heat(setpoint=32, power=0.002, hysteresis=0.5, load_at=45)),
    Point(ZINC, "T04 Acid chloride zinc", DS18B20, Heat(setpoint=28, power=0.002, work=0.0002)),
    Point(NICKEL, "T05 Electroless nickel", DS18B20, Heat(setpoint=88, power=0.0095, load_share=0.008)),
    Point(SULFAMATE, "T06 Nickel sulphamate", DS18B20, Heat(setpoint=46, power=0.0035)),
    Point(HARD_CHROME, "T07 Hard chrome", DS18B20, Heat(setpoint=56.3, power=0.005, work=0.0003)),
    Point(DECO_CHROME, "T08 Decorative chrome", DS18B20, Heat(setpoint=42, power=0.003, work=0.0003)),
    Point(ANODISE_2, "T09 Anodise II", DS18B20, Heat(setpoint=21, power=-0.004, hysteresis=0.3, work=0.001)),
    Point(
        ANODISE_3,
        "T10 Anodise III",
        DS18B20,
        Heat(setpoint=-1.1, power=-0.004, hysteresis=0.2, load_at=4, work=0.0006),
    ),
    Point(
        BAKE,
        "T11 Bake oven",
        OVEN,
        Heat(setpoint=205, power=0.35, hysteresis=2.0, settling=900.0, load_every=5400.0, load_share=0.02),
    ),
    Point(ZINC_PH, "T04 Acid chloride zinc, pH", PH_ELECTRODE, Chemistry(setpoint=5.5, drift=0.00008)),
    Point(NICKEL_PH, "T05 Electroless nickel, pH", PH_ELECTRODE, Chemistry(setpoint=4.8, drift=-0.00008)),
    Point(SULFAMATE_PH, "T06 Nickel sulphamate, pH", PH_ELECTRODE, Chemistry(setpoint=4.0, drift=0.00005)),
)
"""Those of the demo data."""
NEWCOMERS = (
    Point(RINSE, "New rinse", DS18B20, Heat(setpoint=24, power=0.001, load_every=300.0)),
    Point(SULFAMATE_TOP, "T06 Nickel sulphamate, second probe", DS18B20, Heat(setpoint=45.5, power=0.0035)),
)
"""Those that nobody has set up yet."""
