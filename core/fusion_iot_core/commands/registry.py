"""Every family that can be switched, under the name of its parser: a further one is a further file in `families/`."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping
from importlib import import_module
from types import MappingProxyType

from . import families
from .order import CannotSwitch, Order, Target

Maker = Callable[[Target, bool, int], Order]


def _load() -> Mapping[str, Maker]:
    modules = (module.name for module in pkgutil.iter_modules(families.__path__))
    return MappingProxyType(
        {name: import_module(f"{families.__name__}.{name}").order for name in sorted(modules)}
    )


FAMILIES: Mapping[str, Maker] = _load()


def order(family: str, target: Target, on: bool, number: int) -> Order:
    """What switches a relay of a device of this family on or off.

    :param number: of the command; a device that answers to a number sends it back
    :raise CannotSwitch: says why
    """
    maker = FAMILIES.get(family)
    if maker is None:
        raise CannotSwitch("Nobody knows how devices of this family are switched.")
    return maker(target, on, number)
