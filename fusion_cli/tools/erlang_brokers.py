"""RabbitMQ and ejabberd, MQTT brokers of other makes, with the Erlang they run on: Debian's packages, unpacked here."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..problem import Problem
from ..project import Project
from ..report import Reporter
from .apt_download import download, unpack
from .ask import ask

PACKAGES = ("rabbitmq-server", "ejabberd")
MISSING = "RabbitMQ and ejabberd"
OTHERWISE = "They are for measuring only: leave them out, or measure on Debian."
ERL = """\
#!/bin/sh
# Erlang as it was unpacked beside this: its own script looks for itself in /usr/lib only.
ROOTDIR=$(readlink -f -- "$(dirname -- "$0")/../usr/lib/erlang")
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
EMU=beam
PROGNAME=erl
export ROOTDIR BINDIR EMU PROGNAME
exec "$BINDIR/erlexec" "$@"
"""


def get(project: Project, report: Reporter) -> Path:
    """The folder they are unpacked in, with `erl` in its `bin`; from Debian at the first use (50 MB)."""
    folder = project.state / "erlang-brokers"
    if not _works(folder):
        with report.step(f"Fetching {MISSING}") as step:
            downloads = project.state / "apt-erlang-brokers"
            debs = download(PACKAGES, downloads, project.log, missing=MISSING, otherwise=OTHERWISE)
            shutil.rmtree(folder, ignore_errors=True)
            unpack(debs, folder, project.log, step.note)
            erl = folder / "bin" / "erl"
            erl.parent.mkdir(exist_ok=True)
            erl.write_text(ERL, encoding="utf-8")
            erl.chmod(0o755)
            shutil.rmtree(downloads, ignore_errors=True)
        if not _works(folder):
            raise Problem("The Erlang that was downloaded does not run on this machine.", OTHERWISE)
    return folder


def _works(folder: Path) -> bool:
    return ask(folder / "bin" / "erl", "-noshell", "-eval", "io:format(yes), halt().").said == "yes"
