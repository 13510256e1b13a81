"""The addons of the repository: their manifests, and a fingerprint of what an update would have to load."""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from pathlib import Path

from .problem import Problem

IGNORED_FOLDERS = {"__pycache__", "tests", "readme"}
IGNORED_SUFFIXES = {".pyc", ".pot", ".png", ".md", ".rst"}


@dataclass(frozen=True)
class Addon:
    """One addon folder with its manifest."""

    name: str
    folder: Path
    depends: tuple[str, ...]
    manifest: dict[str, object]

    def fingerprint(self) -> str:
        """Hash of all files that Odoo reads into the database or that shape its tables.

        Tests, documentation and what the browser fetches (`static/`, rebuilt at every start) are left out.
        """
        digest = hashlib.sha256()
        for path in sorted(self.folder.rglob("*")):
            inside = path.relative_to(self.folder)
            if IGNORED_FOLDERS & set(inside.parts) or path.suffix in IGNORED_SUFFIXES or not path.is_file():
                continue
            if inside.parts[0] == "static":
                continue
            digest.update(f"{inside}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]


def discover(root: Path) -> list[Addon]:
    """All installable addons directly below `root`, each after those it depends on."""
    found: dict[str, Addon] = {}
    for path in sorted(root.glob("*/__manifest__.py")):
        try:
            manifest = ast.literal_eval(path.read_text(encoding="utf-8"))
            depends = tuple(manifest.get("depends", ("base",)))
            installable = manifest.get("installable", True)
        except (ValueError, SyntaxError, AttributeError, TypeError) as error:
            raise Problem(
                f"{path.relative_to(root)} is not a valid manifest: {error}.", "Correct that file."
            ) from error
        if installable:
            found[path.parent.name] = Addon(path.parent.name, path.parent, depends, manifest)
    return in_order(found)


def in_order(addons: dict[str, Addon]) -> list[Addon]:
    """Addons sorted such that each comes after its dependencies among them."""
    done: dict[str, Addon] = {}

    def visit(addon: Addon, path: tuple[str, ...]) -> None:
        if addon.name in path:
            raise Problem(f"The addons depend on each other in a circle: {' -> '.join((*path, addon.name))}.")
        for name in addon.depends:
            if name in addons and name not in done:
                visit(addons[name], (*path, addon.name))
        done.setdefault(addon.name, addon)

    for addon in addons.values():
        visit(addon, ())
    return list(done.values())


def outside(addons: list[Addon]) -> list[str]:
    """The modules of Odoo itself that the addons build on, sorted."""
    own = {addon.name for addon in addons}
    return sorted({"base", "web"} | {name for addon in addons for name in addon.depends if name not in own})
