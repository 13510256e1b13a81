"""Installing Debian packages system-wide, which only root can do and only what is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from ..problem import Problem
from ..process import environment, output_of, run
from ..report import Reporter

_updated = False


def require(packages: Sequence[str], reason: str, log: Path, report: Reporter) -> None:
    """Install packages with apt-get, or say who has to.

    Raises `Problem` where the user is not root or there is no apt-get.
    """
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Problem(
            f"{reason} is missing on this machine, and only root can install it.",
            f"As root: apt-get install {names} (or what it is called on your system). Then run this again.",
        )
    with report.step(f"Installing system packages: {names}"):
        _update(log)
        env = environment({"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"})
        run(
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages],
            log / f"apt-install-{packages[0]}.log",
            what=f"Installing {names}",
            hint="Look at the log; the network and the machine's package sources are the usual suspects.",
            env=env,
        )


def _update(log: Path) -> None:
    global _updated
    if _updated:
        return
    run(
        ["apt-get", "update", "-q"],
        log / "apt-update-system.log",
        what="Updating the package lists of this machine",
        hint="Check the network and the machine's apt sources, then run the command again.",
    )
    _updated = True


def require_postgresql(log: Path, report: Reporter) -> None:
    """Install the PostgreSQL server without letting Debian create and start its default cluster."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        require(["postgresql-common"], "PostgreSQL", log, report)
    config = Path("/etc/postgresql-common/createcluster.conf")
    before = config.read_text(encoding="utf-8") if config.exists() else None
    switch = before is not None and os.access(config, os.W_OK) and not output_of(["pg_lsclusters", "-h"])
    try:
        if switch and before is not None:
            config.write_text(before + "\ncreate_main_cluster = false\n", encoding="utf-8")
        require(["postgresql"], "PostgreSQL", log, report)
    finally:
        if switch and before is not None:
            config.write_text(before, encoding="utf-8")
