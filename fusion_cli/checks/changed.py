"""What a change can affect: from the files that differ from a commit to the tests and checks that may see it.

In doubt too much rather than too little: what no rule knows affects everything.
"""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from .. import addons
from ..problem import Problem
from ..process import environment
from .imports import Import, imports_of
from .selection import Selection, Target

HOMES = ("agent", "core")
"""Folders that are on Python's path, beside the root."""
TESTS = ("tests/unit", "tests/cli", "tests/e2e")
RUNS_ODOO_TESTS = "fusion_cli/testing/odoo_session.py"
PRODUCTION = {"odoo.conf", "mosquitto.conf", "docker-compose.yml", ".env.example"}
PICTURES = {".png", ".svg"}
WORDS = {".md", ".pot", ".po"}


def selection(root: Path, commit: str) -> Selection:
    """What is to be tested for the files that differ from `commit`, those included that are not tracked yet.

    :raises Problem: where git does not know the commit, or nothing differs
    """
    paths = differing(root, commit)
    if not paths:
        raise Problem(
            f"Nothing has changed since {commit}.", "Name an earlier commit: ./fusion test --changed HEAD~1"
        )
    found = Sources(root, [path for path in paths if not (root / path).exists()]).affected_by(paths)
    if found is None:
        return Selection(root)
    return Selection(root, tuple(Target(path) for path in sorted(found)))


def told(selected: Selection) -> list[str]:
    """The selection in lines."""
    return ["  everything"] if selected.everything else [f"  {target.path}" for target in selected.targets]


def differing(root: Path, commit: str) -> list[Path]:
    """The files below `root` that were changed, added or removed since a commit."""
    found: set[Path] = set()
    for arguments in (
        ("diff", "--name-only", "--no-renames", "--relative", "-z", commit, "--"),
        ("ls-files", "--others", "--exclude-standard", "-z"),
    ):
        done = subprocess.run(
            ["git", *arguments], cwd=root, env=environment(), capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Problem(f"git does not tell what has changed: {done.stderr.strip()}")
        found |= {Path(name) for name in done.stdout.split("\0") if name}
    return sorted(found)


class Sources:
    """The Python files of a checkout and which imports which; `gone` are further ones that were there before."""

    def __init__(self, root: Path, gone: Iterable[Path] = ()) -> None:
        self.root = root.resolve()
        self.gone = [path for path in gone if path.suffix == ".py"]
        self.addons = addons.discover(root)

    def affected_by(self, changed: Iterable[Path]) -> set[Path] | None:
        """Files and folders to be tested, relative to the root; None is everything."""
        found: set[Path] = set()
        for path in changed:
            affected = self._by(path)
            if affected is None:
                return None
            found |= affected
            if (self.root / path).exists():
                found.add(path)
        found = {path for path in found if (self.root / path).exists()}
        return {path for path in found if not found & set(path.parents)}

    def _by(self, path: Path) -> set[Path] | None:
        name, top = str(path), path.parts[0]
        if top in {addon.name for addon in self.addons}:
            return self._by_addon(path)
        if name == "README.md":
            return {Path("tests/e2e/test_readme.py")}
        if len(path.parts) == 1 and (name in PRODUCTION or path.suffix in WORDS or not path.suffix):
            return None if name == "fusion" else {Path("tests/unit"), Path("tests/cli")}
        if top == "docs":
            return set()
        if top == "core":
            return {
                *(Path("core"), Path("tests/e2e"), *self._tests_that_import(path)),
                *(Path(addon.name) for addon in self.addons),
            }
        if top == "agent":
            return {Path("tests/unit"), Path("tests/e2e/test_agent.py"), *self._tests_that_import(path)}
        if top == "fusion_cli" and path.suffix == ".py":
            found = {Path("fusion_cli"), Path("tests/cli"), *self._tests_that_import(path)}
            if path in self._closure(Path(RUNS_ODOO_TESTS)):
                found |= {Path(addon.name) for addon in self.addons}
            return found
        if folder := next((Path(folder) for folder in TESTS if path.is_relative_to(folder)), None):
            if path.name == "conftest.py" or path.suffix != ".py":
                return {folder}
            return {path, *self._tests_that_import(path)}
        if top == "tests" and path.suffix == ".py":
            return self._tests_that_import(path)
        return None

    def _by_addon(self, path: Path) -> set[Path]:
        own = path.parts[0]
        if path.parts[1:2] == ("tests",) and path.name.startswith("test_") and path.suffix == ".py":
            return {path}
        if path.parts[1] in {"tests", "readme", "i18n"} or path.suffix in PICTURES:
            return {Path(own)}
        found = {Path(own), Path("tests/e2e"), *self._tests_that_import(path)}
        for addon in self.addons:
            if {Path(name) for name in addon.depends} & found:
                found.add(Path(addon.name))
        return found

    def _tests_that_import(self, path: Path) -> set[Path]:
        """Test files below `TESTS` that import a file, or one that does."""
        found = [file for folder in TESTS for file in sorted((self.root / folder).rglob("test_*.py"))]
        files = [file.relative_to(self.root) for file in found]
        return {file for file in files if path in self._closure(file)}

    @cached_property
    def _modules(self) -> dict[str, Path]:
        """Python files by the names under which tests and this command import them."""
        files = list(self.gone)
        for top in ("tests", "fusion_cli", *HOMES, *(addon.name for addon in self.addons)):
            files += [file.relative_to(self.root) for file in (self.root / top).rglob("*.py")]
        found = {_module(file): file for file in files}
        # Where there is no Odoo, parts of an addon are imported without the addon itself.
        return {name: file for name, file in found.items() if name not in {each.name for each in self.addons}}

    def _closure(self, start: Path) -> set[Path]:
        """A file and all that it imports, itself or by others."""
        found: set[Path] = set()
        waiting = [start]
        while waiting:
            path = waiting.pop()
            if path not in found:
                found.add(path)
                if path not in self._imported:
                    self._imported[path] = self._imports(path)
                waiting += self._imported[path]
        return found

    @cached_property
    def _imported(self) -> dict[Path, set[Path]]:
        return {}

    def _imports(self, path: Path) -> set[Path]:
        try:
            source = (self.root / path).read_text(encoding="utf-8")
            named = [name for found in imports_of(source, str(path)) for name in _names(path, found)]
            # Plugins of pytest and modules that are run are named in strings.
            named += [
                node.value
                for node in ast.walk(ast.parse(source))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            ]
        except (OSError, SyntaxError):
            return set()
        found = {
            self._modules[part] for name in named for part in _with_packages(name) if part in self._modules
        }
        conftests = (self.root / parent / "conftest.py" for parent in path.parents)
        if path.parts[0] == "tests":
            found |= {conftest.relative_to(self.root) for conftest in conftests if conftest.exists()}
        return found


def _module(path: Path) -> str:
    """The name under which a file is imported."""
    parts = path.with_suffix("").parts
    return ".".join(parts[parts[0] in HOMES : -1 if parts[-1] == "__init__" else None])


def _names(path: Path, found: Import) -> Iterator[str]:
    """The modules that an import may mean, by their full names."""
    package = path.parts[: -found.level] if found.level else ()
    if package[:1] and package[0] in HOMES:
        package = package[1:]
    base = ".".join([*package, *([found.module] if found.module else [])])
    yield base
    yield from (f"{base}.{name}" for name in found.names)


def _with_packages(name: str) -> list[str]:
    """A module and the packages that it lies in, which are imported before it."""
    parts = name.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)] if len(name) < 200 else []
