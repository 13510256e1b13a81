"""A pytest plugin: how files are spread over processes (pytest-xdist with `--dist loadfile`)."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler.loadfile import LoadFileScheduling
from xdist.workermanage import WorkerController


class OncePerTest(LoadFileScheduling):  # type: ignore[misc]
    """Does not hand out again the test in which a process ended, as that of xdist does: it would end the next."""

    def remove_node(self, node: WorkerController) -> str | None:
        """Take a process away, and what it had not finished back; tells the test in which it ended, if it did."""
        units = self.assigned_work.get(node, {})
        crashed = next((test for unit in units.values() for test, done in unit.items() if not done), None)
        for unit in units.values():
            if crashed in unit:
                unit[crashed] = True
        if node in self.assigned_work:
            self.assigned_work[node] = {file: unit for file, unit in units.items() if not all(unit.values())}
        super().remove_node(node)
        return crashed


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OncePerTest | None:
    """Ours where files are asked for."""
    return OncePerTest(config, log) if config.getvalue("dist") == "loadfile" else None
