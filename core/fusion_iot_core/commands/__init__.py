"""How relays are switched over MQTT, family by family: what is published, and what says that it was done."""

from .order import Answer, CannotSwitch, Order, Target, Word
from .registry import FAMILIES, order, register

__all__ = ["FAMILIES", "Answer", "CannotSwitch", "Order", "Target", "Word", "order", "register"]
