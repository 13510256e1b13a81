"""Imports point down only: views/js -> controllers -> models -> runtime -> pure core, and along `depends`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ..addons import Addon
from ..report import Step
from .check import Check, Outcome, Work
from .imports import Import, imports_of
from .settings import Pure, outermost, pure_packages

RANK = {"controllers": 4, "wizards": 3, "wizard": 3, "models": 3, "runtime": 2, "engine": 2}
"""How high a folder of an addon lies; what is pure is 1, what is not named may import anything."""


class Layers(Check):
    """Our own check of the layers in DESIGN."""

    order = 40
    title = "layers"

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Every Python file of the addons, and of the pure packages beside them, passes or fails."""
        pure = pure_packages(work.project.root)
        folders = [addon.folder for addon in work.selection.addons(work.addons)]
        names = {addon.name for addon in work.addons}
        folders += [
            work.project.root / folder
            for folder in outermost(pure)
            if Path(folder).parts[0] not in names and work.selection.part(folder)
        ]
        if not folders:
            return None
        outcome = Outcome()
        faults = [
            f"{folder}: is listed as pure in pyproject.toml but does not exist"
            for folder in pure
            if not (work.project.root / folder).exists()
        ]
        by_name = {addon.name: addon for addon in work.addons}
        for folder in folders:
            for path in sorted(folder.rglob("*.py")):
                inside = path.relative_to(work.project.root)
                step.note(str(inside))
                found = list(faults_of(inside, path.read_text(encoding="utf-8"), by_name, pure))
                faults += found
                outcome.passed += not found
        outcome.failed = len(faults)
        outcome.told = "\n".join(faults)
        return outcome


def faults_of(path: Path, source: str, addons: dict[str, Addon], pure: Pure) -> Iterator[str]:
    """What is wrong with the imports of the file at `path` (below the root), as `path:line: message`."""
    home = _home(path.with_suffix(""), pure)
    for found in imports_of(source, str(path)):
        if home:
            fault = _fault_in_pure(path, home, found, pure)
        else:
            own = addons[path.parts[0]]
            fault = _fault_between_addons(own, found, addons) or _fault_inside(path, own, found)
        if fault:
            yield f"{path}:{found.line}: {fault}"


def _home(module: Path, pure: Pure) -> str | None:
    """The pure file that a module (its path without the suffix) is, or the innermost pure folder it belongs to."""
    places = (f"{module}.py", str(module), *map(str, module.parents))
    return next((place for place in places if place in pure), None)


def _fault_in_pure(path: Path, home: str, found: Import, pure: Pure) -> str | None:
    if not found.level:
        top = found.module.partition(".")[0]
        if top in sys.stdlib_module_names or top in pure[home]:
            return None
        return f"{home} is pure and imports `{found.module}`"
    for target in _modules_meant(path, found):
        there = _home(target, pure)
        if there is None:
            return f"{home} is pure and imports `{target}`, which is not"
        if further := pure[there] - pure[home]:
            return f"{home} imports `{target}`, which may import `{min(further)}`"
    return None


def _modules_meant(path: Path, found: Import) -> Iterator[Path]:
    """The modules that a relative import may mean: their paths below the root, without the suffix."""
    base = path.parents[found.level - 1] if found.level <= len(path.parents) else Path("..")
    if found.module:
        yield base / found.module.replace(".", "/")
    else:
        yield from (base / name for name in found.names)


def _fault_between_addons(own: Addon, found: Import, addons: dict[str, Addon]) -> str | None:
    if found.level or not found.module.startswith("odoo.addons"):
        return None
    parts = found.module.split(".")
    names = parts[2:3] or list(found.names)
    allowed = {own.name} | _below(own, addons)
    for name in names:
        if name in addons and name not in allowed:
            return f"`{own.name}` imports `{name}`, which its manifest does not depend on"
    return None


def _below(addon: Addon, addons: dict[str, Addon]) -> set[str]:
    found: set[str] = set()
    for name in addon.depends:
        found.add(name)
        if name in addons:
            found |= _below(addons[name], addons)
    return found


def _fault_inside(path: Path, own: Addon, found: Import) -> str | None:
    rank = RANK.get(path.parts[1] if len(path.parts) > 2 else "")
    if rank is None:
        return None
    for target in _targets(path, own, found):
        if RANK.get(target, 0) > rank:
            return f"`{path.parts[1]}` imports `{target}`: imports point down only"
    return None


def _targets(path: Path, own: Addon, found: Import) -> list[str]:
    """First folders or modules inside the own addon that an import may mean."""
    if found.level:
        base = list(path.parts[1:-1])
        climbed = found.level - 1
        if climbed > len(base):
            return []
        inside = base[: len(base) - climbed] + [part for part in found.module.split(".") if part]
        return inside[:1] or list(found.names)
    prefix = f"odoo.addons.{own.name}"
    if found.module == prefix:
        return list(found.names)
    if found.module.startswith(prefix + "."):
        return [found.module.removeprefix(prefix + ".").partition(".")[0]]
    return []


CHECK = Layers()
