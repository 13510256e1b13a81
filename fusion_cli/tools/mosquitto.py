"""Mosquitto, the MQTT broker, and its command line clients: the installed one, or Debian's, unpacked here.

Installing Debian's package would start a broker for the whole machine. Unpacked into the private state folder it
is only started by us, and needs no right of root.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..problem import Problem
from ..process import environment
from ..project import Project
from ..report import Reporter
from .apt_download import MachineApt, PrivateApt, unpack

PACKAGES = ("mosquitto", "mosquitto-clients")
PROGRAMS = ("mosquitto", "mosquitto_passwd", "mosquitto_pub", "mosquitto_sub")
OLDEST = 2
"""Major version from which on the settings of the broker are known."""
BESIDE_PATH = ("/usr/local/sbin", "/usr/sbin", "/opt/homebrew/sbin")
"""Folders of server programs that are often missing on a user's PATH."""
OWN_MOSQUITTO = (
    "Install Mosquitto 2 with its command line clients yourself (but no service of it is needed), "
    "or leave MQTT out with `./fusion run --no-broker`."
)
WRAPPER = """\
#!/bin/sh
# {name} with the libraries that were unpacked beside it.
here=$(dirname -- "$(readlink -f -- "$0")")/..
LD_LIBRARY_PATH={libraries}${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}
export LD_LIBRARY_PATH
exec "$here/{program}" "$@"
"""


@dataclass(frozen=True)
class Mosquitto:
    """The broker program and the folder of `mosquitto_pub`, `mosquitto_sub` and `mosquitto_passwd`."""

    server: Path
    clients: Path


def get(project: Project, report: Reporter) -> Mosquitto:
    """Mosquitto 2: installed on the machine, unpacked earlier, or from Debian."""
    if found := _installed():
        return found
    folder = project.state / "mosquitto"
    unpacked = Mosquitto(folder / "bin" / "mosquitto", folder / "bin")
    if not _usable(unpacked):
        _fetch(project, folder, report)
    return unpacked


def _installed() -> Mosquitto | None:
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), *BESIDE_PATH])
    server, *clients = (shutil.which(name, path=path) for name in PROGRAMS)
    folders = {Path(client).parent for client in clients if client}
    if not server or None in clients or len(folders) != 1:
        return None
    found = Mosquitto(Path(server), folders.pop())
    return found if _usable(found) else None


def _usable(found: Mosquitto) -> bool:
    """Whether it runs on this machine and is new enough. (`-h` ends with a code of its own.)"""
    try:
        told = subprocess.run(
            [found.server, "-h"],
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30.0,
            check=False,
            text=True,
        ).stdout
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return False
    version = re.match(r"mosquitto version (\d+)\.", told)
    return version is not None and int(version[1]) >= OLDEST


def _fetch(project: Project, folder: Path, report: Reporter) -> None:
    with report.step("Fetching Mosquitto") as step:
        debs = _download(project)
        fresh = folder.with_name("mosquitto.new")
        shutil.rmtree(fresh, ignore_errors=True)
        unpack(debs, fresh, project.log, step.note)
        _wrap(fresh)
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
        step.result(
            "Fetching Mosquitto "
            + next(deb.name.split("_")[1] for deb in debs if deb.name.startswith("mosquitto_"))
        )
    shutil.rmtree(project.state / "apt-mosquitto", ignore_errors=True)
    if not _usable(Mosquitto(folder / "bin" / "mosquitto", folder / "bin")):
        raise Problem("The Mosquitto that was downloaded does not run on this machine.", OWN_MOSQUITTO)


def _download(project: Project) -> list[Path]:
    """The packages, as the machine's own lists have them; where those are empty or old, with fresh ones."""
    folder = project.state / "apt-mosquitto"
    shutil.rmtree(folder, ignore_errors=True)
    if shutil.which("apt-get"):
        machine = MachineApt(project.log)
        try:
            return machine.download(machine.closure(PACKAGES), folder / "debs")
        except Problem:
            shutil.rmtree(folder, ignore_errors=True)
    private = PrivateApt(folder, project.log, missing="Mosquitto 2", otherwise=OWN_MOSQUITTO)
    private.update([private.own_suite])
    return private.download(private.closure(PACKAGES), folder / "debs")


def _wrap(folder: Path) -> None:
    """Put a script for each program into `bin`, so that people can start them too."""
    libraries = sorted({path.parent.relative_to(folder) for path in folder.rglob("lib*.so.*")})
    (folder / "bin").mkdir()
    for name in PROGRAMS:
        found = next(
            (path for part in ("usr/sbin", "usr/bin") if (path := folder / part / name).exists()), None
        )
        if found is None:
            raise Problem(f"The packages of Mosquitto have no program {name}.", OWN_MOSQUITTO)
        script = folder / "bin" / name
        script.write_text(_script(name, found.relative_to(folder), libraries), encoding="utf-8")
        script.chmod(0o755)


def _script(name: str, program: Path, libraries: Sequence[Path]) -> str:
    return WRAPPER.format(
        name=name, program=program, libraries=":".join(f'"$here/{library}"' for library in libraries)
    )
