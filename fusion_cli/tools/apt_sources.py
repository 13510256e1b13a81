"""Reading the package sources that this machine's apt is set up with (deb822 and one-line format)."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

DROPPED = {
    "types",
    "uris",
    "suites",
    "components",
    "enabled",
    "architectures",
    "by-hash",
    "pdiffs",
    "x-repolib-name",
}
"""Fields of a stanza that are written anew or that must not limit a different suite."""


@dataclass(frozen=True)
class AptSource:
    """One binary package source. `options` keeps the other fields (`Signed-By`...) as they were written."""

    uris: tuple[str, ...]
    suites: tuple[str, ...]
    components: tuple[str, ...]
    options: dict[str, str] = field(default_factory=dict)

    def stanza(self, suites: Iterable[str]) -> str:
        """The same mirror and keys with other suites and component `main`, in deb822 format."""
        lines = [
            "Types: deb",
            "URIs: " + " ".join(self.uris),
            "Suites: " + " ".join(suites),
            "Components: main",
        ]
        lines += [f"{name}: {value}" for name, value in self.options.items()]
        return "\n".join(lines) + "\n"


def read_sources(folder: Path) -> list[AptSource]:
    """All enabled binary sources below an `/etc/apt` folder."""
    found: list[AptSource] = []
    files = [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]
    for path in files:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if path.suffix == ".list":
            found.extend(parse_one_line(text))
        elif path.suffix == ".sources":
            found.extend(parse_deb822(text))
    return found


def parse_deb822(text: str) -> Iterator[AptSource]:
    """Sources of a `.sources` file."""
    for block in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        names: dict[str, str] = {}
        values: dict[str, str] = {}
        last = ""
        for line in block.split("\n"):
            if line.startswith("#") or not line.strip():
                continue
            if line[0] in " \t" and last:
                values[last] += "\n" + line
                continue
            name, colon, value = line.partition(":")
            if not colon:
                continue
            last = name.strip().lower()
            names[last] = name.strip()
            values[last] = value.strip()
        if values.get("enabled", "yes").lower() in {"no", "false", "0", "off"}:
            continue
        if "deb" not in values.get("types", "").split():
            continue
        yield AptSource(
            uris=tuple(values.get("uris", "").split()),
            suites=tuple(values.get("suites", "").split()),
            components=tuple(values.get("components", "").split()),
            options={names[key]: value for key, value in values.items() if key not in DROPPED},
        )


def parse_one_line(text: str) -> Iterator[AptSource]:
    """Sources of a `sources.list` or `.list` file."""
    for line in text.splitlines():
        line = line.partition("#")[0].strip()
        match = re.match(r"deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*(.*)$", line)
        if not match:
            continue
        bracket, uri, suite, components = match.groups()
        options = {}
        for item in shlex.split(bracket or ""):
            name, _, value = item.partition("=")
            if name.lower() not in {"arch", *DROPPED}:
                options["-".join(part.capitalize() for part in name.split("-"))] = value.replace(",", " ")
        yield AptSource((uri,), (suite,), tuple(components.split()), options)


def debian_source(sources: Iterable[AptSource], codename: str) -> AptSource | None:
    """The source of the Debian archive itself among `sources`: the one with the machine's release."""
    wanted = {name for name in (codename, "stable", "testing", "unstable", "sid") if name}
    usable = [source for source in sources if source.uris and "main" in source.components]
    for source in usable:
        if codename in source.suites:
            return source
    return next((source for source in usable if wanted & set(source.suites)), None)


def os_release(path: Path = Path("/etc/os-release")) -> dict[str, str]:
    """The fields of `os-release`; empty where there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}
