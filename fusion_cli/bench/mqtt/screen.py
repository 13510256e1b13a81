"""What a person sees who has the form of a tank open."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from ...stack import Stack
from ..browser import Browser

SAMPLE_MS = 20

_VALUE = """[...document.querySelectorAll('[name="x_fc_sensor_ids"] tr.o_data_row')]
    .find((row) => row.querySelector('td[name="name"]').textContent.trim() === {name})
    ?.querySelector('td[name="last_reading_value"]')?.textContent.trim()"""
_TAB = """document.querySelector('.o_notebook_headers .nav-link[name="sensors"]')"""
_SAMPLE = """
    window.benchSeen = [];
    window.benchTimer = setInterval(() => {{
        const shown = parseFloat({value});
        const last = benchSeen[benchSeen.length - 1];
        if (!Number.isNaN(shown) && (!last || last[1] !== shown)) {{
            benchSeen.push([Date.now() / 1000, shown]);
        }}
    }}, {interval});
"""


@dataclass(frozen=True)
class Shown:
    """A value as it appeared; `at` is a time of `time.monotonic`."""

    at: float
    value: float


class Screen:
    """The open form of the tank that one sensor measures in; `name` is that sensor's."""

    def __init__(self, browser: Browser, stack: Stack, tank_id: int, name: str) -> None:
        self._browser = browser
        self._value = _VALUE.format(name=json.dumps(name))
        browser.log_in(stack)
        browser.open(f"{stack.url}/odoo/fusion.plating.tank/{tank_id}")
        browser.wait(_TAB, "the tank's form")
        browser.run(f"{_TAB}.click()")
        browser.wait(f"{self._value} !== undefined", f"the sensor {name}")

    def watch(self) -> None:
        """Note from now on what is shown, and when."""
        self._browser.run(_SAMPLE.format(value=self._value, interval=SAMPLE_MS))

    def seen(self) -> list[Shown]:
        """What was shown since, each value when it appeared."""
        found = self._browser.run("clearInterval(benchTimer), benchSeen")
        assert isinstance(found, list)
        offset = time.monotonic() - time.time()
        return [Shown(at + offset, value) for at, value in found]


def delays(published: Sequence[tuple[float, float]], seen: Sequence[Shown]) -> list[float]:
    """Seconds from the publication of each value until it, or one published later, was visible.

    :param published: time and value of each; the values rise
    """
    found = []
    for at, value in published:
        shown = next((one.at for one in seen if one.value >= value - 1e-6), None)
        if shown is None:
            raise AssertionError(f"{value} was never visible.")
        found.append(shown - at)
    return found
