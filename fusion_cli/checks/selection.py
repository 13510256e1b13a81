"""The part of the checkout that a test run is about: everything, or the paths that were given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..addons import Addon
from ..problem import Problem


@dataclass(frozen=True)
class Target:
    """One path below the root; `node` is what follows `::` (a single test for pytest)."""

    path: Path
    node: str = ""

    def argument(self) -> str:
        """As pytest takes it."""
        return f"{self.path}::{self.node}" if self.node else str(self.path)


@dataclass(frozen=True)
class Selection:
    """No targets stand for everything. Paths are relative to `root`."""

    root: Path
    targets: tuple[Target, ...] = ()

    @classmethod
    def of(cls, root: Path, arguments: Iterable[str], folder: Path) -> Selection:
        """What the arguments (relative to the current `folder`, or to the root) name. Raises `Problem`."""
        targets = []
        for argument in arguments:
            text, _, node = argument.partition("::")
            path = next(
                (found for base in (folder, root) if (found := (base / text).resolve()).exists()), None
            )
            if path is None:
                raise Problem(f"There is no {text}.", "Give an addon, a folder or a file of this repository.")
            if not path.is_relative_to(root):
                raise Problem(f"{text} is not in {root}.")
            if path == root:
                return cls(root)
            targets.append(Target(path.relative_to(root), node))
        return cls(root, tuple(targets))

    @property
    def everything(self) -> bool:
        """Whether nothing was left out."""
        return not self.targets

    def part(self, folder: str) -> list[Target]:
        """What is selected of a folder or file: itself or things in it; empty where it does not exist."""
        whole = Target(Path(folder))
        if not (self.root / folder).exists():
            return []
        if self.everything:
            return [whole]
        found = []
        for target in self.targets:
            if target.path.is_relative_to(whole.path):
                found.append(target)
            elif whole.path.is_relative_to(target.path):
                found.append(whole)
        return found

    def python(self) -> list[Path]:
        """Folders and Python files to lint."""
        if self.everything:
            return [Path(".")]
        paths = [target.path for target in self.targets]
        return [
            path
            for path in paths
            if (self.root / path).is_dir() or path.suffix == ".py" or path.name == "fusion"
        ]

    def addons(self, addons: Iterable[Addon]) -> list[Addon]:
        """The addons of which at least a part is selected."""
        return [addon for addon in addons if self.part(addon.name)]
