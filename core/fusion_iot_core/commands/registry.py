"""Every family that can be switched, under the name of its parser: a further one is a further file in `families/`."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from . import families
from .order import CannotSwitch, Order, Target

Maker = Callable[[Target, bool, int], Order]


_makers: dict[str, Maker] = {}
FAMILIES: Mapping[str, Maker] = MappingProxyType(_makers)
"""What makes the orders of each family, in this process."""


def register(family: str, maker: Maker) -> None:
    """Add how a family from outside this package is switched, where its module is imported.

    It is known in the whole process from then on, as its parser is (:func:`..protocol.parsers.register`).

    :param family: name of its parser
    :param maker: makes the order: from the target, whether it is to be on, and the number of the command. Raises
        :class:`.CannotSwitch`
    :raise ValueError: for a family that is known already
    """
    if family in _makers:
        raise ValueError(f"It is known already how {family!r} is switched.")
    _makers[family] = maker


for _module in sorted(module.name for module in pkgutil.iter_modules(families.__path__)):
    register(_module, import_module(f"{families.__name__}.{_module}").order)


def order(family: str, target: Target, on: bool, number: int) -> Order:
    """What switches a relay of a device of this family on or off.

    :param number: of the command; a device that answers to a number sends it back
    :raise CannotSwitch: says why
    """
    maker = FAMILIES.get(family)
    if maker is None:
        raise CannotSwitch("Nobody knows how devices of this family are switched.")
    return maker(target, on, number)
