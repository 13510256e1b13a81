"""What every addon of the suite has: manifest, licence, documentation, icon, translation template, tests."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path

from ..addons import Addon
from ..report import Step
from .check import Check, Outcome, Work

SERIES = "19.0."
FIXED = {"license": "LGPL-3", "author": "Fusion IoT contributors"}
ICON_SIZE = 128
LEGAL = ("LICENSE", "COPYRIGHT")
"""Files of the repository that each addon carries as well: it is also passed on by itself."""
ORDER = ("security", "data", "report", "wizards", "views", "menus")


class AddonLayout(Check):
    """Each addon passes or fails."""

    order = 50
    title = "addon layout"

    def run(self, work: Work, step: Step) -> Outcome | None:
        """Check the manifest and the files of each selected addon."""
        addons = work.selection.addons(work.addons)
        if not addons:
            return None
        told = []
        failed = 0
        for addon in addons:
            faults = faults_of(addon)
            failed += bool(faults)
            told += [f"{addon.name}: {fault}" for fault in faults]
        return Outcome(passed=len(addons) - failed, failed=failed, told="\n".join(told))


def faults_of(addon: Addon) -> list[str]:
    """What an addon lacks."""
    manifest = addon.manifest
    faults = [
        f"the manifest has no `{key}`"
        for key in ("name", "summary", "version", "category", "website", "depends")
        if not manifest.get(key)
    ]
    if not str(manifest.get("version", "")).startswith(SERIES):
        faults.append(f"the version does not start with {SERIES}")
    faults += [f"`{key}` is not {value!r}" for key, value in FIXED.items() if manifest.get(key) != value]
    for key in ("data", "demo"):
        listed = manifest.get(key, [])
        if isinstance(listed, list):
            missing = [name for name in listed if not (addon.folder / name).is_file()]
            faults += [f"`{key}` names {name}, which does not exist" for name in missing]
            faults += _forgotten(addon, key)
    faults += _order(manifest.get("data", []))
    needed = ("readme/DESCRIPTION.md", "readme/USAGE.md", f"i18n/{addon.name}.pot", "tests/__init__.py")
    faults += [f"{name} is missing" for name in needed if not (addon.folder / name).is_file()]
    faults += [f"{name} is not that of the repository" for name in LEGAL if not _same(addon.folder, name)]
    faults += _icon(addon.folder / "static" / "description" / "icon.png")
    return faults


def _same(folder: Path, name: str) -> bool:
    """Whether the addon has a file just as the repository has it."""
    try:
        return (folder / name).read_bytes() == (folder.parent / name).read_bytes()
    except OSError:
        return False


def _order(data: object) -> list[str]:
    """`data` goes security -> data -> views -> menus."""
    if not isinstance(data, list):
        return ["`data` is not a list"]
    ranks = []
    for name in data:
        kind = "menus" if "menu" in Path(name).stem else Path(name).parts[0]
        if kind in ORDER:
            ranks.append((ORDER.index(kind), name))
    for (before, _), (after, name) in pairwise(ranks):
        if after < before:
            return [f"`data` is not in the order security, data, views, menus: {name} comes too late"]
    return []


def _forgotten(addon: Addon, key: str) -> list[str]:
    """Data files in the addon that its manifest does not load."""
    folders = ("security", "data", "views", "wizards", "report") if key == "data" else ("demo",)
    loaded = {str(name) for part in ("data", "demo") for name in _names(addon.manifest.get(part))}
    faults = []
    for folder in folders:
        for path in sorted((addon.folder / folder).glob("*")):
            name = str(path.relative_to(addon.folder))
            if path.suffix in {".xml", ".csv"} and name not in loaded:
                faults.append(f"{name} is not in the manifest")
    return faults


def _names(value: object) -> list[str]:
    return [str(name) for name in value] if isinstance(value, list) else []


def _icon(path: Path) -> list[str]:
    try:
        head = path.read_bytes()[:24]
    except OSError:
        return ["static/description/icon.png is missing"]
    if head[:8] != b"\x89PNG\r\n\x1a\n":
        return ["static/description/icon.png is no PNG"]
    width, height = struct.unpack(">II", head[16:24])
    if width < ICON_SIZE or height < ICON_SIZE:
        return [f"static/description/icon.png is {width}x{height}, smaller than {ICON_SIZE}x{ICON_SIZE}"]
    return []


CHECK = AddonLayout()
