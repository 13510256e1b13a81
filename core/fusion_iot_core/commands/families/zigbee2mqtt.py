"""Zigbee2MQTT.

``<base topic>/<friendly name>/set`` takes ``{"state": "ON"}``; of a device with several endpoints the key is
``state_<endpoint>`` (``state_l1``, ``state_left``). Zigbee2MQTT publishes the device's state once the device has
confirmed it, with ``output: attribute`` under a topic of its own. Source: Zigbee2MQTT documentation, page "MQTT Topics
and Messages".
"""

from __future__ import annotations

import json

from ...protocol.parsers.json_payload import json_text
from ..order import Answer, Order, Target, document, reported, says_state, word


def order(target: Target, on: bool, _number: int) -> Order:
    """What switches a relay."""
    device, endpoint = target.base("zigbee2mqtt"), target.name().removeprefix("state_")
    key = f"state_{endpoint}" if endpoint not in ("", "state") else "state"

    def state(payload: bytes) -> Answer | None:
        return reported(json_text(document(payload).get(key)).lower() == word(on), on)

    return Order(
        f"{device}/set",
        json.dumps({key: word(on).upper()}).encode(),
        {device: state, f"{device}/{key}": says_state(on)},
    )
