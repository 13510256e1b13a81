"""What probes in baths show."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path

from fusion_iot_core.probe.ds18b20 import is_serial
from fusion_iot_core.probe.simulate import w1_slave

BATHS = (88.0, 62.0, 45.0, 24.0)
"""°C: electroless nickel, electroclean, acid pickle, rinse. The last digits of a serial say which a probe hangs in."""
SWAY = 1.5
PERIOD_S = 300.0
FILE = "w1_slave"


def celsius(serial: str, seconds: float) -> float:
    """The temperature of a probe's bath, which sways around its own in five minutes."""
    number = int(serial[-2:], 16) - 1
    return BATHS[number % len(BATHS)] + SWAY * math.sin(2 * math.pi * (seconds / PERIOD_S + number / 3))


def show(tree: Path, seconds: float) -> None:
    """Have every probe below `tree` show its bath. One that is deleted meanwhile stays so."""
    with suppress(FileNotFoundError):
        for folder in [path for path in tree.iterdir() if is_serial(path.name)]:
            _write(folder / FILE, w1_slave(celsius(folder.name, seconds)), tree / f"next-{folder.name}")


def _write(path: Path, text: str, draft: Path) -> None:
    """Replace the text of a file at once, by way of a draft; nothing where its folder is gone."""
    with suppress(FileNotFoundError):
        if path.read_text(encoding="ascii") == text:
            return
    draft.write_text(text, encoding="ascii")
    try:
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
