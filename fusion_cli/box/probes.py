"""DS18B20 on a box without hardware: the addons that it needs for that, and what hangs on its bus at first."""

from __future__ import annotations

from pathlib import Path

ADDONS = Path(__file__).with_name("addons")
DRIVERS = ADDONS / "fusion_box_drivers"
"""Has the client load the drivers for probes that it has downloaded, as it does by itself on a Raspberry Pi."""
BUS = ADDONS / "fusion_box_bus"
"""Gives the probes on its bus values."""
SERIALS = ("28-00000b0c0001", "28-00000b0c0002", "28-00000b0c0003")
SPARE = "28-00000b0c0004"
"""One to plug in."""


def plug(bus: Path) -> None:
    """Put the probes on a bus that nothing is on."""
    for serial in SERIALS:
        (bus / serial).mkdir()
