"""Installing Debian packages system-wide, which only root can do and only what is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from ..problem import Problem
from ..process import environment, run
from ..report import Reporter
from .ask import PATIENCE_S, ask

_updated = False


def require(
    packages: Sequence[str], wanted: str, log: Path, report: Reporter, *, passed_over: Sequence[str] = ()
) -> None:
    """Install packages with apt-get, or say who has to.

    Raises `Problem` where the user is not root or there is no apt-get. It says that `wanted` is missing and what
    was `passed_over` instead.
    """
    names = " ".join(packages)
    by_hand = f"apt-get install {names} (or what it is called on your system). Then run this again."
    if not shutil.which("apt-get"):
        what = f"{wanted} is missing on this machine, and so is apt-get to install it."
        raise Problem("\n  ".join([what, *passed_over]), f"Install it; on Debian: {by_hand}")
    if os.geteuid() != 0:
        what = f"{wanted} is missing on this machine, and only root can install it."
        raise Problem("\n  ".join([what, *passed_over]), f"As root: {by_hand}")
    with report.step(f"Installing system packages: {names}"):
        outdated = _update(log)
        options = ["-y", "-q", "--no-install-recommends", "-o", f"DPkg::Lock::Timeout={PATIENCE_S:.0f}"]
        try:
            run(
                ["apt-get", "install", *options, *packages],
                log / f"apt-install-{packages[0]}.log",
                what=f"Installing {names}",
                hint="Do what apt-get says. Where it does not say, check the network and the package sources.",
                env=environment({"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}),
            )
        except Problem as problem:
            raise outdated or problem from problem


def _update(log: Path) -> Problem | None:
    """Why the package lists could not be updated, if so: those that are there may still do."""
    global _updated
    if _updated:
        return None
    try:
        run(
            ["apt-get", "update", "-q"],
            log / "apt-update-system.log",
            what="Updating the package lists of this machine",
            hint="Check the network and the machine's apt sources, then run the command again.",
            env=environment({"LC_ALL": "C"}),
        )
    except Problem as problem:
        return problem
    _updated = True
    return None


def require_postgresql(wanted: str, passed_over: Sequence[str], log: Path, report: Reporter) -> None:
    """Install the PostgreSQL server without letting Debian create and start its default cluster."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        require(["postgresql-common"], wanted, log, report)
    config = Path("/etc/postgresql-common/createcluster.conf")
    before = config.read_text(encoding="utf-8") if config.exists() else None
    switch = os.access(config.parent, os.W_OK) and not ask("pg_lsclusters", "-h").said
    try:
        if switch:
            config.write_text((before or "") + "\ncreate_main_cluster = false\n", encoding="utf-8")
        require(["postgresql", "postgresql-client"], wanted, log, report, passed_over=passed_over)
    finally:
        if switch and before is None:
            config.unlink(missing_ok=True)
        elif switch and before is not None:
            config.write_text(before, encoding="utf-8")
