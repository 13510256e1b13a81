"""How a reading is judged. Pure: nothing of Odoo in here, relative imports only."""

from .excursion import BackInSpec, Event, ExcursionStarted, SensorState, WorseValue, advance
from .limits import Limits
from .severity import worse

__all__ = [
    "BackInSpec",
    "Event",
    "ExcursionStarted",
    "Limits",
    "SensorState",
    "WorseValue",
    "advance",
    "worse",
]
