"""Downloading Debian packages to unpack, not to install: nothing on the machine changes."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from ..problem import Problem
from ..process import environment, run
from .apt_sources import debian_source, os_release, read_sources
from .ask import ask

INSTALLING = re.compile(r"^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) ", re.MULTILINE)
"""A line of what `apt-get --simulate` says it would install: package, version."""
STANZA = """\
Package: ${Package}
Status: install ok ${db:Status-Status}
Architecture: ${Architecture}
Multi-Arch: ${Multi-Arch}
Source: ${source:Package}
Version: ${Version}
Provides: ${Provides}

"""
"""What apt is told of a package that is installed: that it is, but nothing that it asks of others."""
WHOLE = ("installed", "triggers-awaited", "triggers-pending")
"""States of a package whose files are all there."""
NETWORK = "Check the network and the machine's apt sources, then run the command again."


class MachineApt:
    """The apt of this machine with its own sources and lists, used without any right of root."""

    def __init__(self, log: Path) -> None:
        self.log = log

    def closure(self, packages: Sequence[str]) -> list[str]:
        """`package=version` of `packages`, installed or not, and of what they need that is not installed.

        Raises `Problem` where apt knows one of them not, or cannot have them all.
        """
        log = self.log / "apt-closure.log"
        installed = self.log / "apt-installed"
        installed.parent.mkdir(parents=True, exist_ok=True)
        installed.write_text(installed_besides(packages), encoding="utf-8")
        pretended = ["-o", f"Dir::State::status={installed}", "-o", "Dir::Cache::pkgcache="]
        quiet = ["-o", "APT::Get::HideAutoRemove=1"]
        run(
            self._argv("install", "--simulate", "--no-install-recommends", *pretended, *quiet, *packages),
            log,
            what="Looking up " + ", ".join(packages),
            hint=NETWORK,
            env=environment({"LC_ALL": "C"}),
        )
        found = INSTALLING.findall(log.read_text(encoding="utf-8", errors="replace"))
        return [f"{name}={version}" for name, version in found]

    def download(self, wanted: Sequence[str], into: Path) -> list[Path]:
        """Download packages (`name/suite` or `name=version`) into a folder and return all files there."""
        into.mkdir(parents=True, exist_ok=True)
        run(
            self._argv("download", *wanted),
            self.log / "apt-download.log",
            what="Downloading " + ", ".join(re.split("[/=]", name)[0] for name in wanted),
            hint="Check the network, then run the command again.",
            cwd=into,
            env=environment({"LC_ALL": "C"}),
        )
        return sorted(into.glob("*.deb"))

    def _argv(self, *arguments: str) -> list[str]:
        argv = ["apt-get", "-q"]
        for name, value in self._options().items():
            argv += ["-o", f"{name}={value}"]
        return [*argv, *arguments]

    def _options(self) -> dict[str, object]:
        options: dict[str, object] = {"Acquire::Retries": "3"}
        if os.geteuid() == 0:
            options["APT::Sandbox::User"] = "root"
        return options


class PrivateApt(MachineApt):
    """An apt with its own sources, lists and cache in one folder, to which the machine's pins do not apply.

    Signatures are checked as always. Its sources are the mirror and keys of the Debian archive that the machine's
    apt has. `missing` is what a person is told to lack where there is none, `otherwise` what to do then.
    """

    def __init__(self, folder: Path, log: Path, *, missing: str, otherwise: str) -> None:
        super().__init__(log)
        self.folder = folder
        release = os_release()
        self.codename = release.get("VERSION_CODENAME", "")
        if not shutil.which("apt-get") or not shutil.which("dpkg-deb"):
            raise Problem(f"There is no {missing} here and no apt-get with dpkg-deb to get one.", otherwise)
        source = debian_source(read_sources(Path("/etc/apt")), self.codename)
        if release.get("ID") != "debian" or source is None:
            raise Problem(
                f"There is no {missing} here, and apt has no source of the Debian archive to get it "
                f"from (this is {release.get('PRETTY_NAME', 'an unknown system')}).",
                otherwise
                + " Or, on Debian, put a source with component `main` into /etc/apt/sources.list.d.",
            )
        self._source = source

    @property
    def own_suite(self) -> str:
        """The release of this machine."""
        return self.codename or "sid"

    def update(self, suites: Sequence[str]) -> None:
        """Fetch the package lists of these suites of Debian."""
        parts = self.folder / "parts"
        for path in (
            parts,
            self.folder / "lists" / "partial",
            self.folder / "cache" / "archives" / "partial",
        ):
            path.mkdir(parents=True, exist_ok=True)
        (parts / "fusion.sources").write_text(self._source.stanza(dict.fromkeys(suites)), encoding="utf-8")
        run(
            self._argv("update"),
            self.log / "apt-update.log",
            what=f"Reading the package lists of Debian {' and '.join(dict.fromkeys(suites))}",
            hint=NETWORK,
            env=environment({"LC_ALL": "C"}),
        )

    def _options(self) -> dict[str, object]:
        return {
            **super()._options(),
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": self.folder / "parts",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": "/dev/null",
            "APT::Default-Release": "",
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "APT::Get::List-Cleanup": "0",
            "APT::Update::Pre-Invoke": "",
            "APT::Update::Post-Invoke": "",
            "APT::Update::Post-Invoke-Success": "",
            "Acquire::Languages": "none",
        }


def download(packages: Sequence[str], folder: Path, log: Path, *, missing: str, otherwise: str) -> list[Path]:
    """The files of packages and what they need, as the machine's lists have them; where those are old, with fresh ones.

    All of them, also those that are installed already: only from one release do they fit each other for sure. `folder`
    is for them and what apt keeps; `missing` and `otherwise` are as for `PrivateApt`.
    """
    shutil.rmtree(folder, ignore_errors=True)
    if shutil.which("apt-get"):
        machine = MachineApt(log)
        try:
            return machine.download(machine.closure(packages), folder / "debs")
        except Problem:
            shutil.rmtree(folder, ignore_errors=True)
    private = PrivateApt(folder, log, missing=missing, otherwise=otherwise)
    private.update([private.own_suite])
    return private.download(private.closure(packages), folder / "debs")


def installed_besides(packages: Sequence[str]) -> str:
    """What dpkg says is installed, to be read by apt, as if `packages` were not.

    Neither are those that were built with them, which ask for each other's exact version. What a package needs is
    left out, so that nothing on the machine is broken or held back in the eyes of apt: it is only to unpack.
    """
    answer = ask("dpkg-query", "--show", f"--showformat={STANZA}")
    if answer.trouble:
        raise Problem(
            f"dpkg does not say what is installed: {answer.trouble}.", "Repair dpkg, then try again."
        )
    stanzas = []
    for stanza in answer.said.split("\n\n"):
        fields = {name: value for name, _, value in (line.partition(": ") for line in stanza.splitlines())}
        whole = fields["Status"].rpartition(" ")[2] in WHOLE
        if whole and fields["Package"] not in packages and fields["Source"] not in packages:
            stanzas.append("".join(f"{name}: {value}\n" for name, value in fields.items() if value))
    return "\n".join(stanzas)


def unpack(debs: Sequence[Path], into: Path, log: Path, note: Callable[[str], None]) -> None:
    """Unpack packages one over the other; `note` is told the name of each. No script of theirs is run."""
    for deb in debs:
        note(deb.name.partition("_")[0])
        run(
            ["dpkg-deb", "-x", deb, into],
            log / "unpack.log",
            what=f"Unpacking {deb.name}",
            hint="Is the disk full?",
            env=environment({"LC_ALL": "C"}),
        )
