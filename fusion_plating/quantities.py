"""The quantities a bath parameter can have, and the units each may be written in.

The first unit of a quantity is its default. The table agrees with the one that readings are converted by,
so a reading and the limit it is judged by are always in the same unit.
"""

from typing import Final

QUANTITIES: Final[tuple[tuple[str, str], ...]] = (
    ("temperature", "Temperature"),
    ("ph", "pH"),
    ("conductivity", "Conductivity"),
    ("concentration", "Concentration"),
    ("level", "Level"),
    ("flow", "Flow"),
    ("density", "Density"),
    ("voltage", "Voltage"),
    ("current", "Current"),
    ("current_density", "Current density"),
    ("humidity", "Humidity"),
    ("pressure", "Pressure"),
)

UNITS: Final[dict[str, tuple[str, ...]]] = {
    "temperature": ("°C",),
    "ph": ("pH",),
    "conductivity": ("mS/cm",),
    "concentration": ("g/l", "% v/v"),
    "level": ("%",),
    "flow": ("l/min",),
    "density": ("kg/m³",),
    "voltage": ("V",),
    "current": ("A",),
    "current_density": ("A/dm²",),
    "humidity": ("%",),
    "pressure": ("bar",),
}


def default_unit(quantity: str | None) -> str:
    """Return the unit a quantity is written in unless something else is chosen; empty for an unknown one."""
    return UNITS.get(quantity or "", ("",))[0]
