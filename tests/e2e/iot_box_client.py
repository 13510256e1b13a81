"""The stock client of the IoT Box as tests handle it: its power, its page, its devices, what it has noted."""

from __future__ import annotations

import json
import re
import signal
import urllib.request
from collections.abc import Sequence
from pathlib import Path

from fusion_cli.box import conf
from fusion_cli.box.client import IDENTIFIER, BoxClient
from fusion_cli.process import alive
from fusion_cli.stack import Stack
from fusion_cli.testing.pace import patient
from tests.waiting import until

__all__ = ["IDENTIFIER", "Box"]

DEVICES = Path(__file__).with_name("addons") / "box_devices"
MEASURED_EVERY_S = 0.5
# Stands in for the program by which the client measures its network, in the form in which the client reads it.
SUDO = "#!/bin/sh\necho HEADER\necho a,b,c,d,e,f,0.00,g,h,i,1.50\n"


class Box(BoxClient):
    """A box below a folder. `paste()` is what a person does on its page; `conf()` what it has noted."""

    def __init__(self, stack: Stack, folder: Path, addons: Sequence[Path] = ()) -> None:
        super().__init__(stack, folder, folder / "box.log", [DEVICES, *addons], interval=MEASURED_EVERY_S)
        self.devices = folder / "devices"
        self.devices.mkdir()
        self.handlers = folder / "odoo" / "addons" / "iot_drivers" / "iot_handlers"
        self.put_program("sudo", SUDO)

    @property
    def pid(self) -> int:
        """Its process, which stays the same when it restarts itself."""
        assert self.child is not None
        return self.child.pid

    def start(self) -> Box:
        """Start it; returns when its page answers."""
        self.spawn()
        self.wait_until_ready()
        return self

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(with_signal=signal.SIGKILL)

    def restart(self) -> None:
        """Take its power away and give it back."""
        self.kill()
        self.start()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.running and alive(self.pid)

    def page(self, path: str) -> dict[str, object]:
        """A request of its page."""
        with urllib.request.urlopen(self.url + path, timeout=patient(20)) as response:
            found: dict[str, object] = json.load(response)
        return found

    def paste(self, connection: str) -> str:
        """Enter a server token on its page: the status that it shows. It restarts itself then."""
        starts = self.starts()
        request = urllib.request.Request(
            self.url + "/iot_drivers/connect_to_server",
            json.dumps({"params": {"token": connection}}).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=patient(20)) as response:
            status: str = json.load(response)["result"]["status"]
        if status == "success":
            until(lambda: self.starts() > starts, 30, "the box restarts")
        return status

    def conf(self, key: str) -> str:
        """What it has noted in its configuration."""
        return conf.noted(self.conf_file, key)

    def plug(self, name: str) -> None:
        """Connect a device."""
        (self.devices / name).touch()

    def say(self, name: str, text: str) -> None:
        """Have a device say something by itself, as a scanner does."""
        with (self.devices / name).open("a", encoding="utf-8") as file:
            file.write(f"{text}\n")

    def pull(self, name: str) -> None:
        """Take it away."""
        (self.devices / name).unlink()

    def text(self) -> str:
        """What it has logged."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def starts(self) -> int:
        """How often it has started, by itself too."""
        return len(re.findall(r"==== Starting Odoo ====", self.text()))
