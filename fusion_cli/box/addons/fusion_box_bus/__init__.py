"""Plays the kernel on the bus of a box without hardware. Runs in the process of the box, as an addon, and ends with it.

The bus is the folder that the drivers are told, too. Nobody but its user makes and deletes probes there.
"""

import os
import threading
import time
from pathlib import Path

from . import baths

LOOK_S = 0.1
"""A new probe is measured as soon as the client sees it, and has to have a value by then."""


def start() -> None:
    """Begin: the probes that are there have values when it returns."""
    tree = Path(os.environ["FUSION_W1_DEVICES"])
    baths.show(tree, time.monotonic())
    threading.Thread(target=_play, args=[tree], name="bus", daemon=True).start()


def _play(tree: Path) -> None:
    while True:
        time.sleep(LOOK_S)
        baths.show(tree, time.monotonic())
