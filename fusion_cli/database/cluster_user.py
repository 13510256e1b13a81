"""Which operating system user PostgreSQL runs as: it refuses root, so root lends it another one."""

from __future__ import annotations

import os
import pwd
import shutil
from collections.abc import Sequence
from pathlib import Path

from ..problem import Problem

NAME = "postgres"


def run_as(argv: Sequence[object], folder: Path) -> list[str]:
    """`argv` as a command that runs as the cluster's user and dies (fast shutdown) with the calling thread.

    Where that user could not reach `folder` (a checkout below /root) it keeps the one capability to pass
    through closed folders and no other right of root.
    """
    command = [str(part) for part in argv]
    setpriv = shutil.which("setpriv")
    if os.geteuid() != 0:
        return [setpriv, "--pdeathsig", "INT", "--", *command] if setpriv else command
    if not setpriv:
        raise Problem(
            "PostgreSQL does not run as root, and `setpriv` to run it as another user is missing.",
            "Install util-linux, or run this command as a normal user.",
        )
    identity = [setpriv, "--reuid", NAME, "--regid", NAME, "--init-groups", "--pdeathsig", "INT"]
    if not _passable(folder):
        identity += ["--inh-caps", "+dac_override", "--ambient-caps", "+dac_override"]
    return [*identity, "--", *command]


def give(folder: Path) -> None:
    """Make a folder private to the cluster's user."""
    folder.chmod(0o700)
    if os.geteuid() == 0:
        entry = _entry()
        os.chown(folder, entry.pw_uid, entry.pw_gid)


def owners() -> set[int]:
    """User ids that a folder of the cluster may belong to."""
    return {os.geteuid(), _entry().pw_uid} if os.geteuid() == 0 else {os.geteuid()}


def _entry() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(NAME)
    except KeyError as error:
        raise Problem(
            f"There is no system user `{NAME}` to run PostgreSQL as.",
            "Install Debian's postgresql package, or run this command as a normal user.",
        ) from error


def _passable(folder: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in folder.resolve().parents)
