"""Zigbee devices behind a Tasmota bridge, however their reports are wrapped up.

Source: Tasmota documentation, "Zigbee", "Understanding Zigbee messages"; SetOption89, 112, 118 and 119.
"""

import re
from collections.abc import Mapping

from .json_payload import json_text

_ADDRESS = re.compile(r"0x[0-9A-Fa-f]{4,16}\Z")


def is_zigbee(report: Mapping[str, object]) -> bool:
    """Whether an object is the report of a Zigbee device: it says its address, or how well it is heard.

    ``Power`` in it is the state of a switch; what it draws is ``ActivePower``.
    """
    return "LinkQuality" in report or _ADDRESS.match(json_text(report.get("Device"))) is not None
