"""The stock IoT Box client of the installed Odoo, unmodified, as a process of its own."""

from __future__ import annotations

import configparser
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from fusion_cli import ports
from fusion_cli.process import alive, end, environment, guarded
from fusion_cli.stack import Stack
from tests.e2e.waiting import until

IDENTIFIER = "test_identifier"
"""How the client names itself on a machine that is neither a Raspberry Pi nor Windows."""
PACKAGES = ("schedule==1.2.2", "netifaces-binary==0.11.0")
"""What it imports besides the dependencies of Odoo."""
SCRIPT = '"""Starts the client."""\n\nfrom odoo.cli import main\n\nmain()\n'
# Stands in for the program by which the client measures its network, in the form in which the client reads it.
SUDO = "#!/bin/sh\necho HEADER\necho a,b,c,d,e,f,0.00,g,h,i,1.50\n"


class Box:
    """A box below a folder. `paste()` is what a person does on its page; `conf()` what it has noted."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.root = folder
        self.devices = folder / "devices"
        self.handlers = folder / "odoo" / "addons" / "iot_drivers" / "iot_handlers"
        self.log = folder / "box.log"
        self._python = stack.odoo_python
        self._packages = stack.project.state / "box"
        self._port, gevent = ports.free(2)
        self._child: subprocess.Popen[bytes] | None = None
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("bin", "programs", "devices", "data", "addons/box_devices"):
            (folder / name).mkdir(parents=True)
        (folder / "bin" / "odoo-bin").write_text(SCRIPT, encoding="utf-8")
        (folder / "programs" / "sudo").write_text(SUDO, encoding="utf-8")
        (folder / "programs" / "sudo").chmod(0o755)
        (folder / "addons/box_devices/__manifest__.py").write_text(
            "{'name': 'Devices', 'author': 'Test', 'license': 'LGPL-3'}"
        )
        shutil.copy(Path(__file__).with_name("iot_box_devices.py"), folder / "addons/box_devices/__init__.py")
        conf = configparser.RawConfigParser()
        conf["options"] = {
            "server_wide_modules": "base,web,iot_drivers,box_devices",
            "addons_path": str(folder / "addons"),
            "data_dir": str(folder / "data"),
            "http_interface": "127.0.0.1",
            "http_port": str(self._port),
            "gevent_port": str(gevent),
            "max_cron_threads": "0",
            "db_host": str(folder / "no-database"),
            "log_handler": ":INFO,werkzeug:WARNING",
        }
        with (folder / "odoo.conf").open("w", encoding="utf-8") as file:
            conf.write(file)

    @property
    def url(self) -> str:
        """Its page."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Its process, which stays the same when it restarts itself."""
        assert self._child is not None
        return self._child.pid

    def start(self) -> Box:
        """Start it; returns when its page answers."""
        self._install()
        # When Odoo restarts itself, Python finds its environment by the search path.
        path = [str(self.root / "programs"), str(self._python.parent), os.environ["PATH"]]
        env = {"PYTHONPATH": str(self._packages), "PATH": os.pathsep.join(path)}
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                guarded([self._python, self.root / "bin" / "odoo-bin", "-c", self.root / "odoo.conf"]),
                cwd=self.root,
                env=environment(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: self.answers() or not self.alive, 40, "the page of the box answers")
        assert self.alive, self.text()[-3000:]
        return self

    def stop(self) -> None:
        """End it."""
        if self._child is not None:
            end(self._child)
            self._child = None

    def kill(self) -> None:
        """End it as a power cut would."""
        os.killpg(self.pid, signal.SIGKILL)
        self.stop()

    def restart(self) -> None:
        """Take its power away and give it back."""
        self.kill()
        self.start()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._child is not None and self._child.poll() is None and alive(self.pid)

    def answers(self) -> bool:
        """Whether its page does."""
        try:
            return self.page("/iot_drivers/ping")["status"] == "success"
        except (OSError, ValueError):
            return False

    def page(self, path: str) -> dict[str, object]:
        """A request of its page."""
        with urllib.request.urlopen(self.url + path, timeout=20) as response:
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
        with urllib.request.urlopen(request, timeout=20) as response:
            status: str = json.load(response)["result"]["status"]
        if status == "success":
            until(lambda: self.starts() > starts, 30, "the box restarts")
        return status

    def conf(self, key: str) -> str:
        """What it has noted in its configuration."""
        conf = configparser.RawConfigParser()
        conf.read(self.root / "odoo.conf")
        return conf.get("iot.box", key, fallback="")

    def plug(self, name: str) -> None:
        """Connect a device."""
        (self.devices / name).touch()

    def pull(self, name: str) -> None:
        """Take it away."""
        (self.devices / name).unlink()

    def text(self) -> str:
        """What it has logged."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def starts(self) -> int:
        """How often it has started, by itself too."""
        return len(re.findall(r"==== Starting Odoo ====", self.text()))

    def _install(self) -> None:
        """Fetch what the client imports, once."""
        stamp = self._packages / "pins"
        pins = "\n".join(PACKAGES)
        if stamp.exists() and stamp.read_text(encoding="utf-8") == pins:
            return
        shutil.rmtree(self._packages, ignore_errors=True)
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--no-input", "--disable-pip-version-check", "--quiet",
             "--no-deps", "--target", str(self._packages), *PACKAGES],
            check=True,
            env=environment(),
        )  # fmt: skip
        stamp.write_text(pins, encoding="utf-8")
