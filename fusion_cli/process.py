"""Starting other programs: short ones with their output in a log, long-lived ones that never outlive us."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from .problem import Interrupted, Problem
from .project import Project

KEEPER = Path(__file__).resolve().parent / "launcher" / "keeper.py"
OUTSIDE = (
    "PG",
    "ODOO_",
    "PYTHON",
    "OPENERP",
    "FUSION_",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_USER",
    "VIRTUAL_ENV",
)
"""Prefixes of environment variables of the caller that would change what Odoo, PostgreSQL or Python do."""
KEPT = ("FUSION_ODOO_PYTHON", "FUSION_PACE", "FUSION_PORTS", "FUSION_STANDSTILL_S")
"""Of those, what the user says to this command, and it to the copies of itself that it starts."""
STANDSTILL_S = 900.0
"""Seconds after which a program that says nothing and computes nothing is taken to hang."""
ENDING = threading.Event()
"""Set when the command is asked to stop, which only its main thread is told of."""
BUSY = 0.02
"""The part of a processor from which on a program computes: one that waits wakes up now and then too."""


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The caller's environment without what would leak another Odoo, PostgreSQL or Python into ours."""
    env = {name: value for name, value in os.environ.items() if name in KEPT or not name.startswith(OUTSIDE)}
    env["PYTHONUNBUFFERED"] = "1"
    # Compiled once and for all, and not beside the sources: Odoo starts in half the time.
    env["PYTHONPYCACHEPREFIX"] = str(Project.here().state / "cache" / "pyc")
    # The core of this checkout, whatever version the interpreter has: that it is installed is for Odoo to see.
    env["PYTHONPATH"] = str(Project.here().root / "core")
    env.update(extra or {})
    return env


def with_this_command(root: Path) -> dict[str, str]:
    """The variable with which Python also finds this command itself, not only the core."""
    return {"PYTHONPATH": os.pathsep.join([str(root), str(root / "core")])}


def guarded(argv: Sequence[object], death_signal: str = "TERM") -> list[str]:
    """`argv` such that the kernel sends it `death_signal` when the process that started it dies.

    So nothing is left behind even by `kill -9`. It is tied to the *thread* that starts the child: start
    long-lived children from the main thread.
    """
    command = [str(part) for part in argv]
    if setpriv := shutil.which("setpriv"):
        return [setpriv, "--pdeathsig", death_signal, "--", *command]
    return command


def tail(path: Path, lines: int = 15) -> str:
    """The last lines of a text file, indented to be shown; empty where there is no such file."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 65536))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join("    " + line for line in text.splitlines()[-lines:])


def run(
    argv: Sequence[object],
    log: Path,
    *,
    what: str,
    hint: str = "",
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | None = None,
    on_line: Callable[[str], None] | None = None,
    check: bool = True,
    patience: float = STANDSTILL_S,
) -> int:
    """Run a program to its end with all its output in `log` and return its exit code.

    `on_line` sees every line while it runs. A code other than 0 raises a `Problem` that names `what` failed
    and shows the end of the log, unless `check` is false; so does standing still, which is to say nothing and
    to compute nothing for `patience` seconds, however long it takes otherwise. An exception here (a signal)
    ends the program; in another thread than the main one, so does `ENDING`.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as output:
        output.write("$ " + " ".join(str(part) for part in argv) + "\n")
        output.flush()
        if not shutil.which(str(argv[0])):
            raise Problem(f"{what}: there is no program {argv[0]}.", hint, log)
        child = subprocess.Popen(
            guarded([sys.executable, "-ES", KEEPER, *argv]),
            cwd=cwd,
            env=dict(env) if env is not None else environment(),
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            if stdin is not None and child.stdin is not None:
                child.stdin.write(stdin.encode())
                child.stdin.close()
            _follow(child, log, on_line, patience)
        except TimeoutError as error:
            end(child, grace=10.0)
            message = (
                f"{what} stood still for {patience:.0f} s and was ended. The end of its output:\n{tail(log)}"
            )
            raise Problem(message, hint, log) from error
        except BaseException:
            end(child, grace=10.0)
            raise
        end_group(child.pid)
    if check and child.returncode:
        message = f"{what} failed (exit code {child.returncode}). The end of its output:\n{tail(log)}"
        raise Problem(message, hint, log)
    return child.returncode


def _follow(
    child: subprocess.Popen[bytes], log: Path, on_line: Callable[[str], None] | None, patience: float
) -> None:
    moved = looked = time.monotonic()
    computed = 0.0
    with log.open(encoding="utf-8", errors="replace") as reader:
        pause = 0.005
        while True:
            over = child.poll() is not None
            now = time.monotonic()
            for line in reader:
                moved = now
                if on_line:
                    on_line(line.rstrip("\n"))
            if over:
                return
            if now - looked > patience / 10:
                before, computed = computed, computed_by(child.pid)
                if computed - before > BUSY * (now - looked):
                    moved = now
                looked = now
            if now - moved > patience:
                raise TimeoutError
            if ENDING.is_set() and threading.current_thread() is not threading.main_thread():
                raise Interrupted(signal.SIGTERM)
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)


def computed_by(session: int) -> float:
    """Seconds of processor time that the processes of a session have used which are there now."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            if int(fields[3]) == session:
                ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def output_of(
    argv: Sequence[object], env: Mapping[str, str] | None = None, timeout: float = 30.0
) -> str | None:
    """Standard output of a quick program, or None where it is missing, fails or takes too long."""
    try:
        done = subprocess.run(
            [str(part) for part in argv],
            env=dict(env) if env is not None else environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=True,
            text=True,
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()


def end(child: subprocess.Popen[bytes], *, with_signal: int = signal.SIGTERM, grace: float = 10.0) -> None:
    """Ask a child to stop, wait `grace` seconds, then kill what is left of its process group."""
    if child.poll() is None:
        child.send_signal(with_signal)
        try:
            child.wait(grace)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    end_group(child.pid)


def end_group(group: int) -> None:
    """Kill whatever a finished leader left in its process group."""
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def alive(pid: int) -> bool:
    """Whether a process exists and is not a zombie."""
    try:
        state = (
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[0]
        )
    except (OSError, IndexError):
        return False
    return state != "Z"
