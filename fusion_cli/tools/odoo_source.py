"""Odoo 19 itself: the one that is installed, or Debian's, unpacked into the private state folder."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from ..problem import Problem
from ..project import Project
from ..report import Reporter
from . import interpreter
from .apt_download import PrivateApt, unpack
from .ask import ask
from .venv import Venv, site_packages

SERIES = 19
NEEDED = 3_000_000_000
"""Bytes on disk of Odoo, its Python packages and a database."""
LAUNCHER = Path(__file__).resolve().parent.parent / "launcher" / "run_odoo.py"
PACKAGE = "odoo-19"
PACKAGES = Path("usr/lib/python3/dist-packages")
FROM_SID = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-roboto-unhinted",
    "fonts-ocr-b",
    "fonts-glyphicons-halflings",
    "fonts-montserrat",
)
"""Packages that symbolic links in Odoo's package point into."""
FROM_OWN_RELEASE = ("fonts-font-awesome", "fonts-inconsolata")
"""Likewise, but the versions in sid no longer have the files that Odoo's links name."""
LEFT_OUT = ("mail/static/lib/selfie_segmentation/selfie_segmentation.js",)
"""Scripts that Debian takes out for their licence while Odoo's bundles still name them. An empty file in the
place keeps the bundles whole; what is lost is the blurred background in video calls."""
OWN_ODOO = (
    "Install Odoo 19 yourself and start again with FUSION_ODOO_PYTHON=/path/to/a/python that imports odoo."
)
WITH_WHAT_IT_NEEDS = f"Odoo {SERIES} with psycopg2 and paho-mqtt 2"
CORE = "fusion-iot-core"
"""The distribution of the folder `core`. Odoo installs no addon whose manifest names one that is not installed."""
PROBE = (
    "import json, odoo.release; "
    "print(json.dumps([odoo.release.version_info[0], odoo.release.version, list(map(str, odoo.__path__))])); "
    "import odoo.tools.config, psycopg2; from paho.mqtt.enums import MQTTErrorCode; "
    f"from importlib.metadata import version; version({CORE!r})"
)


@dataclass(frozen=True)
class Odoo:
    """An Odoo 19 and the interpreter that can import it."""

    python: Path
    version: str
    folder: Path
    """The `odoo` package (its standard addons are in `addons` below it)."""

    def command(self, *arguments: object) -> list[str]:
        """Odoo's command line with these arguments."""
        return [str(part) for part in (self.python, LAUNCHER, *arguments)]

    @property
    def import_paths(self) -> list[Path]:
        """Folders that another interpreter needs on its path to import Odoo and what it depends on."""
        return [site_packages(self.python), self.folder.parent]


@dataclass(frozen=True)
class Unusable:
    """Why a Python is not one to run Odoo with; `version` where it has an Odoo 19 all the same."""

    reason: str
    version: str = ""


def get(project: Project, report: Reporter) -> Odoo:
    """Odoo 19: named by `FUSION_ODOO_PYTHON`, unpacked earlier, installed on the machine, or from Debian."""
    if named := os.environ.get("FUSION_ODOO_PYTHON"):
        found = _importable(Path(named))
        if isinstance(found, Odoo):
            return found
        raise Problem(
            f"FUSION_ODOO_PYTHON={named} is not a Python that can import {WITH_WHAT_IT_NEEDS}: "
            f"{found.reason}.",
            "Point it at the interpreter of your Odoo 19 (the requirements of the suite are in "
            "fusion_cli/requirements/odoo.txt), or unset it to let Odoo be downloaded.",
        )
    folder = project.state / "odoo"
    stamp = folder / "fusion-stamp.json"
    if not stamp.exists():
        if installed := _installed(report):
            return installed
        _unpack(project, folder, stamp, report)
    version = json.loads(stamp.read_text(encoding="utf-8"))["version"]
    packages = folder / PACKAGES
    pins = project.requirements
    projects = [project.root / "core"]
    venv = Venv(project.state / "venv", [pins / "odoo.txt"], pins / "build.txt", project.log, projects)
    if not venv.ready([packages]):
        chosen = interpreter.choose(project.log, report)
        venv.make(chosen, [packages], report, "Installing Odoo's Python packages")
    return Odoo(venv.python, version, packages / "odoo")


def _importable(python: Path) -> Odoo | Unusable:
    answer = ask(python, "-c", PROBE)
    try:
        series, version, paths = json.loads(answer.said.rpartition("\n")[2])
    except ValueError:
        return Unusable(answer.trouble or "it is no Python")
    if series != SERIES:
        return Unusable(f"it has Odoo {version}")
    if CORE in answer.trouble:
        how = f"{python} -m pip install --editable {Project.here().root / 'core'}"
        return Unusable(f"it has no {CORE}, which comes with this repository ({how})", version)
    return Unusable(answer.trouble, version) if answer.trouble else Odoo(python, version, Path(paths[0]))


def _installed(report: Reporter) -> Odoo | None:
    on_path = shutil.which("python3")
    for python in sorted({Path(on_path or "/usr/bin/python3"), Path("/usr/bin/python3")}):
        odoo = _importable(python)
        if isinstance(odoo, Odoo):
            return odoo
        if odoo.version:
            report.warn(
                f"The Odoo {odoo.version} of {python} is not used, it lacks something: {odoo.reason}."
            )
    return None


def _unpack(project: Project, folder: Path, stamp: Path, report: Reporter) -> None:
    if shutil.disk_usage(project.state).free < NEEDED:
        raise Problem(
            f"Less than {NEEDED / 1e9:.0f} GB are free in {project.state}.",
            "Make room for Odoo and its data.",
        )
    apt = PrivateApt(project.state / "apt", project.log, missing=WITH_WHAT_IT_NEEDS, otherwise=OWN_ODOO)
    own = apt.own_suite
    with report.step("Reading the package lists of Debian sid"):
        apt.update(["sid", own])
    debs = project.state / "apt" / "debs"
    shutil.rmtree(debs, ignore_errors=True)
    with report.step("Downloading Odoo 19 (120 MB)"):
        files = apt.download([f"{name}/sid" for name in (PACKAGE, *FROM_SID)], debs)
        try:
            files = apt.download([f"{name}/{own}" for name in FROM_OWN_RELEASE], debs)
        except Problem:
            report.warn(f"{' and '.join(FROM_OWN_RELEASE)} are not in {own}; those of sid may lack icons.")
            files = apt.download([f"{name}/sid" for name in FROM_OWN_RELEASE], debs)
    with report.step("Unpacking Odoo 19") as step:
        fresh = folder.with_name("odoo.new")
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        unpack(files, fresh, project.log, step.note)
        addons = fresh / PACKAGES / "odoo" / "addons"
        for name in LEFT_OUT:
            if not (addons / name).exists():
                (addons / name).parent.mkdir(parents=True, exist_ok=True)
                (addons / name).write_text("/* left out by Debian */\n", encoding="utf-8")
        version = next(deb.name.split("_")[1] for deb in files if deb.name.startswith(PACKAGE + "_"))
        names = sorted(deb.name for deb in files)
        (fresh / stamp.name).write_text(json.dumps({"version": version, "packages": names}), encoding="utf-8")
        fresh.rename(folder)
        step.result(f"Unpacking Odoo {version}")
    shutil.rmtree(project.state / "apt", ignore_errors=True)
    for link in dangling_links(folder / PACKAGES / "odoo" / "addons"):
        report.warn(f"{link.relative_to(folder)} points at a file that no package has ({os.readlink(link)}).")


def dangling_links(folder: Path) -> list[Path]:
    """Symbolic links below a folder that lead nowhere."""
    found = []
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = os.path.join(parent, name)
            if os.path.islink(path) and not os.path.exists(path):
                found.append(Path(path))
    return sorted(found)
