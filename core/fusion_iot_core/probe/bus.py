"""The probes on the 1-Wire bus, as the kernel lists them."""

from __future__ import annotations

from pathlib import Path

from .ds18b20 import ProbeGone, is_serial

DEVICES = "/sys/bus/w1/devices"
FILE = "w1_slave"


class Bus:
    """A folder like `/sys/bus/w1/devices`."""

    def __init__(self, path: str = DEVICES) -> None:
        self.path = Path(path)

    def serials(self) -> list[str]:
        """The serials of all DS18B20 that are there now, sorted. Raises `OSError` where there is no bus."""
        return sorted(entry.name for entry in self.path.iterdir() if is_serial(entry.name))

    def read(self, serial: str) -> str:
        """Measure and give the text of `w1_slave`. Takes a second, or for ever. Raises `OSError`, `ProbeGone`."""
        folder = self.path / serial
        try:
            return (folder / FILE).read_bytes().decode("ascii", "replace")
        except FileNotFoundError:
            if folder.exists():
                raise
            raise ProbeGone(serial) from None
