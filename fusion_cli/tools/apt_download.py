"""Downloading packages of another Debian suite without touching the machine's own apt."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ..problem import Problem
from ..process import environment, run
from .apt_sources import debian_source, os_release, read_sources

OWN_ODOO = (
    "Install Odoo 19 yourself and start again with FUSION_ODOO_PYTHON=/path/to/a/python that imports odoo."
)


class PrivateApt:
    """An apt with its own sources, lists and cache in one folder. Signatures are checked as always."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.log = log
        release = os_release()
        self.codename = release.get("VERSION_CODENAME", "")
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise Problem(
                "There is no Odoo 19 on this machine and no apt-get to get one from Debian.", OWN_ODOO
            )
        source = debian_source(read_sources(Path("/etc/apt")), self.codename)
        if release.get("ID") != "debian" or source is None:
            raise Problem(
                "There is no Odoo 19 on this machine, and apt has no source of the Debian archive to get it "
                f"from (this is {release.get('PRETTY_NAME', 'an unknown system')}).",
                OWN_ODOO + " Or, on Debian, put a source with component `main` into /etc/apt/sources.list.d.",
            )
        self._source = source

    def update(self) -> None:
        """Fetch the package lists of sid and of the machine's own release."""
        parts = self.folder / "parts"
        for path in (
            parts,
            self.folder / "lists" / "partial",
            self.folder / "cache" / "archives" / "partial",
        ):
            path.mkdir(parents=True, exist_ok=True)
        suites = list(dict.fromkeys(["sid", self.codename or "sid"]))
        (parts / "fusion.sources").write_text(self._source.stanza(suites), encoding="utf-8")
        run(
            self._argv("update"),
            self.log / "apt-update.log",
            what="Reading the package lists of Debian sid",
            hint="Check the network and the machine's apt sources, then run the command again.",
            env=environment({"LC_ALL": "C"}),
        )

    def download(self, packages: dict[str, str], into: Path) -> list[Path]:
        """Download `{package: suite}` into a folder and return the files."""
        into.mkdir(parents=True, exist_ok=True)
        run(
            self._argv("download", *(f"{name}/{suite}" for name, suite in packages.items())),
            self.log / "apt-download.log",
            what="Downloading " + ", ".join(packages),
            hint="Check the network, then run the command again.",
            cwd=into,
            env=environment({"LC_ALL": "C"}),
        )
        return sorted(into.glob("*.deb"))

    def _argv(self, *arguments: str) -> list[str]:
        options = {
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": self.folder / "parts",
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "APT::Get::List-Cleanup": "0",
            "APT::Update::Pre-Invoke": "",
            "APT::Update::Post-Invoke": "",
            "APT::Update::Post-Invoke-Success": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        if os.geteuid() == 0:
            options["APT::Sandbox::User"] = "root"
        argv = ["apt-get", "-q"]
        for name, value in options.items():
            argv += ["-o", f"{name}={value}"]
        return [*argv, *arguments]
