"""Where things lie: the repository and its private state folder."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from .problem import Problem


@dataclass(frozen=True)
class Project:
    """A checkout of the suite. Everything the command makes lies in `state`."""

    root: Path

    @classmethod
    def here(cls) -> Project:
        """The checkout this code is part of."""
        root = Path(__file__).resolve().parent.parent
        for letter in ",\n":
            if letter in str(root):
                raise Problem(
                    f"The folder {root} has a comma or line break in its path, and Odoo cannot take that.",
                    "Move the repository to another folder.",
                )
        return cls(root)

    @property
    def state(self) -> Path:
        """Private folder (git-ignored) that holds tools, databases and logs."""
        return self.root / ".fusion"

    @property
    def log(self) -> Path:
        """Logs of the steps that prepare the tools."""
        return self.state / "log"

    @property
    def requirements(self) -> Path:
        """Folder of the pinned requirement files."""
        return self.root / "fusion_cli" / "requirements"

    def make_state(self) -> None:
        """Create the state folder, closed to others (the cluster's user of root may only pass through it)."""
        try:
            self.state.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, exist_ok=True)
            self.log.mkdir(exist_ok=True)
        except OSError as error:
            raise Problem(
                f"The folder {self.state} cannot be created: {error.strerror}.",
                "Use a checkout that you may write to.",
            ) from error
        if not os.access(self.state, os.W_OK):
            raise Problem(
                f"The folder {self.state} belongs to somebody else.",
                "Run the command as the user who made it, or remove that folder.",
            )
