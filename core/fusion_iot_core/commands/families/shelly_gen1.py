"""Shelly devices of the first generation.

``shellies/<device>/relay/<n>/command`` takes ``on`` and ``off``; the relay's own topic says ``on``, ``off`` or
``overpower`` with each change, and every 30 s. Source: Shelly's public documentation of the Gen1 API, section MQTT of
each device.
"""

from ..order import Answer, Order, Target, reported, word


def order(target: Target, on: bool, _number: int) -> Order:
    """What switches a relay."""
    state = f"{target.base('shellies')}/relay/{target.number(0, 'relay')}"

    def read(payload: bytes) -> Answer | None:
        said = payload.strip().lower()
        if said == b"overpower":
            return Answer(False, "overpower: more was drawn than it may, and it has switched off.")
        return reported(said == word(on).encode(), on)

    return Order(f"{state}/command", word(on).encode(), {state: read})
