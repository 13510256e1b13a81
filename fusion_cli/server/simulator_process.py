"""The simulated plating line as a child process."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from ..process import end, environment, guarded
from ..project import Project

MODULE = "fusion_cli.simulator"


class SimulatorProcess:
    """`python -m fusion_cli.simulator`, told where the server is by the variables of `.fusion/env`."""

    def __init__(self, project: Project, python: Path, log: Path) -> None:
        self.project = project
        self.python = python
        self.log = log
        self.child: subprocess.Popen[bytes] | None = None

    @property
    def available(self) -> bool:
        """Whether this checkout has a simulator."""
        return (self.project.root / "fusion_cli" / "simulator" / "__main__.py").exists()

    @property
    def running(self) -> bool:
        """Whether it is alive."""
        return self.child is not None and self.child.poll() is None

    def start(self, variables: Mapping[str, str]) -> None:
        """Start it with the given environment variables."""
        env = environment({"PYTHONPATH": str(self.project.root), **variables})
        with self.log.open("ab") as output:
            self.child = subprocess.Popen(
                guarded([self.python, "-m", MODULE]),
                cwd=self.project.root,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Stop it."""
        if self.child is not None:
            end(self.child, grace=5.0)
            self.child = None
