"""ESPHome.

``<prefix>/switch/<object id>/command`` takes ``ON`` and ``OFF``; ``…/state`` says the same with each change. Source:
ESPHome documentation, page "MQTT Client Component", and its component ``mqtt_switch``.
"""

from ..order import CannotSwitch, Order, Target, says_state, word


def order(target: Target, on: bool, _number: int) -> Order:
    """What switches a relay."""
    name = target.name()
    if not name:
        raise CannotSwitch("Enter the name that the switch has in its topic, such as relay_1.")
    switch = f"{target.base()}/switch/{name}"
    return Order(f"{switch}/command", word(on).upper().encode(), {f"{switch}/state": says_state(on)})
