"""Mosquitto, the MQTT broker, and its command line clients: the installed one, or Debian's, unpacked here.

Installing Debian's package would start a broker for the whole machine. Unpacked into the private state folder it
is only started by us, and needs no right of root.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..lock import exclusive
from ..problem import Problem
from ..project import Project
from ..report import Reporter
from .apt_download import download, unpack
from .ask import ask

PACKAGES = ("mosquitto", "mosquitto-clients")
SERVER = "mosquitto"
CLIENTS = ("mosquitto_passwd", "mosquitto_pub", "mosquitto_sub")
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
    if _trouble(unpacked):
        # Several tests at a time may need it first.
        with exclusive(project.state / "mosquitto.lock"):
            if _trouble(unpacked):
                _fetch(project, folder, report)
    return unpacked


def _installed() -> Mosquitto | None:
    """The first on PATH that can be used; what is installed in part (no clients), or too old, is not."""
    path = [*os.environ.get("PATH", os.defpath).split(os.pathsep), *BESIDE_PATH]
    folders = [Path(folder) for folder in dict.fromkeys(path) if folder]
    clients = [folder for folder in folders if all(shutil.which(folder / name) for name in CLIENTS)]
    servers = [folder / SERVER for folder in folders if shutil.which(folder / SERVER)]
    pairs = (Mosquitto(server, folder) for server in servers for folder in clients)
    return next((pair for pair in pairs if not _trouble(pair)), None)


def _trouble(found: Mosquitto) -> str:
    """Why it cannot be used; empty where it can. (Asked for help, both programs end with codes of their own.)"""
    for program, question in ((found.server, "-h"), (found.clients / "mosquitto_pub", "--help")):
        answer = ask(program, question)
        version = re.search(r"^mosquitto\S* version (\d+)\.\S*", answer.said, re.MULTILINE)
        if version is None:
            return f"does not run on this machine ({answer.trouble or program})"
        if int(version[1]) < OLDEST:
            return f"is too old ({version[0]}, while {OLDEST} is needed)"
    return ""


def _fetch(project: Project, folder: Path, report: Reporter) -> None:
    with report.step("Fetching Mosquitto") as step:
        missing = f"Mosquitto {OLDEST} with its command line clients"
        downloads = project.state / "apt-mosquitto"
        debs = download(PACKAGES, downloads, project.log, missing=missing, otherwise=OWN_MOSQUITTO)
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
    shutil.rmtree(downloads, ignore_errors=True)
    if trouble := _trouble(Mosquitto(folder / "bin" / SERVER, folder / "bin")):
        raise Problem(f"The Mosquitto that was downloaded {trouble}.", OWN_MOSQUITTO)


def _wrap(folder: Path) -> None:
    """Put a script for each program into `bin`, so that people can start them too."""
    libraries = sorted({path.parent.relative_to(folder) for path in folder.rglob("lib*.so.*")})
    (folder / "bin").mkdir()
    for name in (SERVER, *CLIENTS):
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
