"""How relays are switched over MQTT, family by family: what is published, what says that it was done, how they are."""

from .order import Answer, CannotSwitch, Order, Target, Word
from .registry import FAMILIES, order, register
from .states import Ear, ears, relays_in

__all__ = [
    "FAMILIES",
    "Answer",
    "CannotSwitch",
    "Ear",
    "Order",
    "Target",
    "Word",
    "ears",
    "order",
    "register",
    "relays_in",
]
