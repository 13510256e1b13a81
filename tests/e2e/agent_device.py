"""A device with the probe agent on it, whose power, disk and clock the test holds in its hands."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from fusion_cli.testing.pace import patient
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
INTERVAL_S = 0.1


class Device:
    """Runs the agent as a process of its own; what it says it has taken is the ledger.

    :ivar ledger: serial and value of every reading, in this order
    """

    def __init__(
        self, folder: Path, url: str, token: str, serials: list[str], interval: float = INTERVAL_S
    ) -> None:
        self.folder, self.serials, self.interval = folder, serials, interval
        self.epoch = time.time()
        self.ledger: list[tuple[str, float]] = []
        self.log: list[str] = []
        self.boots = 0
        self.process: subprocess.Popen[str] | None = None
        self._readers: list[threading.Thread] = []
        self.configure(url, token)
        self.switch_on(wrong_s=0.0, synchronised=True)

    def configure(self, url: str, token: str) -> None:
        """Write the configuration file."""
        path = self.folder / "agent.ini"
        most = min(patient(5), 300)
        path.write_text(
            f"[server]\nurl = {url}\ntoken = {token}\ntimeout = {most}\n[probes]\ninterval = {self.interval}\n"
            f"[store]\npath = {self.folder}/readings.db\n"
        )
        path.chmod(0o600)

    def switch_on(self, *, wrong_s: float, synchronised: bool) -> None:
        """The kernel starts (anew), with a clock that is so far off; the agent does not start by itself."""
        self.boots += 1
        self._orders = {"boot": f"boot-{self.boots}", "started_ns": time.monotonic_ns()}
        self.set_clock(wrong_s=wrong_s, synchronised=synchronised)

    def set_clock(self, *, wrong_s: float, synchronised: bool = True) -> None:
        """Move the device's clock."""
        self._orders.update(wrong_ms=int(wrong_s * 1000), synchronised=synchronised)
        new = self.folder / "orders.new"
        new.write_text(json.dumps(self._orders))
        new.replace(self.folder / "orders.json")

    def start(self, *arguments: str) -> None:
        """Start the agent."""
        self.process = subprocess.Popen(
            self._command(*arguments),
            cwd=self.folder,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for stream, note in ((self.process.stdout, self._note_taken), (self.process.stderr, self.log.append)):
            reader = threading.Thread(target=self._read, args=(stream, note), daemon=True)
            reader.start()
            self._readers.append(reader)

    def checked(self) -> tuple[int, str]:
        """The exit code of `--check`, and the last line it says."""
        done = subprocess.run(
            self._command("--check"),
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=patient(30),
        )
        return done.returncode, done.stdout.splitlines()[-1]

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """As systemd does it."""
        self._end(signal.SIGTERM)
        assert self.process is None

    def fill_disk(self, full: bool = True) -> None:
        """No file of the agent may be written beyond a few pages, or again as it likes."""
        most = resource.RLIM_INFINITY
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (20 << 10 if full else most, most))

    def wait_for(self, more: int, seconds: float = 20.0) -> None:
        """Return when so many more readings were taken."""
        target = len(self.ledger) + more
        until(lambda: len(self.ledger) >= target, seconds, f"{more} more readings")

    def wait_for_log(self, text: str, seconds: float = 20.0) -> None:
        """Return when the agent has said something."""
        until(lambda: any(text in line for line in self.log), seconds, f"the agent says: {text}")

    def seconds(self) -> float:
        """What a probe shows now."""
        return time.time() - self.epoch

    def close(self) -> None:
        """End whatever runs."""
        if self.process:
            self.kill()

    def _command(self, *arguments: str) -> list[object]:
        return [
            *(sys.executable, ROOT / "tests" / "e2e" / "agent_process.py", self.folder / "orders.json"),
            *(repr(self.epoch), ",".join(self.serials), "--config", self.folder / "agent.ini", *arguments),
        ]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "agent"), str(ROOT / "core")])}

    def _end(self, number: int) -> None:
        process = self.process
        process.send_signal(number)
        process.wait(patient(20))
        for reader in self._readers:
            reader.join(patient(5))
        process.stdout.close()
        process.stderr.close()
        self._readers, self.process = [], None

    def _read(self, stream, note) -> None:
        for line in stream:
            if line.endswith("\n"):
                note(line.rstrip("\n"))

    def _note_taken(self, line: str) -> None:
        serial, value = line.split()
        self.ledger.append((serial, float(value)))
