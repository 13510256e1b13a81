"""The simulated plating line and workshop as a child process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..process import guarded, with_this_command
from ..project import Project
from ..service import Service

MODULE = "fusion_cli.simulator"


class SimulatorProcess(Service):
    """`python -m fusion_cli.simulator`, told where the server is by the variables of `.fusion/env`."""

    def __init__(self, project: Project, python: Path, log: Path) -> None:
        super().__init__(log)
        self.project = project
        self.python = python

    @property
    def available(self) -> bool:
        """Whether this checkout has a simulator."""
        return (self.project.root / "fusion_cli" / "simulator" / "__main__.py").exists()

    def start(self, variables: Mapping[str, str]) -> None:
        """Start it with the given environment variables."""
        env = {**with_this_command(self.project.root), **variables}
        self._spawn(guarded([self.python, "-m", MODULE]), self.project.root, env)

    def stop(self) -> None:
        """Stop it."""
        self._end(grace=5.0)
