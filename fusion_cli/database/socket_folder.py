"""A private folder for the Unix socket, whose path must be short."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from ..problem import Problem
from . import cluster_user

LIMIT = 107
"""Bytes of a Unix socket's path on Linux."""
SOCKET = ".s.PGSQL.5432"


def choose(state: Path) -> Path:
    """`sock` in the state folder, or a folder of its own in the temporary folder where that is too long."""
    folder = state / "sock"
    if len(os.fsencode(folder / SOCKET)) <= LIMIT:
        return folder
    digest = hashlib.sha256(os.fsencode(state)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"fusion-{os.geteuid()}-{digest}"


def make(folder: Path) -> None:
    """Create it, private to the cluster's user. A folder that somebody else made there is refused."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if folder.is_symlink() or folder.lstat().st_uid not in cluster_user.owners():
            raise Problem(
                f"{folder} belongs to somebody else, so the database's socket would not be private there.",
                "Remove it, or set TMPDIR to a folder of your own.",
            ) from None
    cluster_user.give(folder)
