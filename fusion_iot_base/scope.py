"""What a sender may write."""

import re
from dataclasses import dataclass

from fusion_iot_core.protocol import SERIAL_MAX, Measurement, normalise_serial

_ROM_BEGINS = re.compile(r"28[-_][0-9a-fA-F]{0,12}\Z")


def read_serials(text):
    """The serials that a text lists, one a line, and the prefixes: lines with ``*`` at their end.

    Raises ``ValueError`` with the first line that is neither.
    """
    lines = [line for line in map(str.strip, (text or "").splitlines()) if line]
    for line in lines:
        if line == "*" or len(line) > SERIAL_MAX or not line.isprintable():
            raise ValueError(line)
    serials = frozenset(normalise_serial(line) for line in lines if not line.endswith("*"))
    return serials, tuple(_prefix(line[:-1]) for line in lines if line.endswith("*"))


def _prefix(text):
    """The beginning of serials, in the form that they are stored in."""
    return f"28-{text[3:].lower()}" if _ROM_BEGINS.match(text) else text


@dataclass(frozen=True)
class Scope:
    """The devices and serials that a sender may write.

    :ivar company: id of the one that it is of; ``None``: of none
    :ivar everything: whatever there is in that company
    :ivar names: identifiers of devices and serials of probes
    :ivar prefixes: the beginnings of others
    """

    company: int | None = None
    everything: bool = False
    names: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()

    def covers(self, item: Measurement) -> bool:
        """Whether a measurement may be written: neither its device nor its probe is somebody else's."""
        return self.everything or (
            self._has(item.device)
            and (not item.serial or item.serial == item.device or self._has(item.serial))
        )

    def stranger(self, item: Measurement) -> str:
        """Of a measurement that is not covered: the device or the probe that is somebody else's."""
        return item.serial if self._has(item.device) else item.device

    def of_company(self, item: Measurement) -> Measurement:
        """A measurement that is covered, of the company of the sender."""
        return item._replace(company=self.company) if self.company else item

    def _has(self, name):
        return name in self.names or name.startswith(self.prefixes)
