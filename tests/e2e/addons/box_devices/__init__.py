"""Devices of a box under test: files in its folder ``devices``. Runs in the process of the box, as an addon.

The stock client loads drivers on a Raspberry Pi or Windows only; this stands in for that on any other machine. A file
``NAME`` is a device of that name: it comes with the file and goes with it, and says by itself each line that is added.
"""

import threading
import time

from odoo.addons.iot_drivers.driver import Driver
from odoo.addons.iot_drivers.event_manager import event_manager
from odoo.addons.iot_drivers.interface import Interface
from odoo.addons.iot_drivers.main import interfaces
from odoo.addons.iot_drivers.tools.helpers import path_file


class FileInterface(Interface):
    """Looks into the folder, as often as the stock interfaces look."""

    connection_type = "file"

    def get_devices(self):
        return {path.name: path for path in path_file("devices").glob("*")}


class FileDriver(Driver):
    """A device that can say something back, fail, take its time, and speak up by itself."""

    connection_type = "file"

    def __init__(self, identifier, device):
        super().__init__(identifier, device)
        self.device_name = f"File {identifier}"
        self.device_type = "scanner"
        self.device_connection = "direct"
        self.device_manufacturer = "End to end"
        self.counted = 0
        self._actions.update(
            {
                "echo": self._echo,
                "fail": self._fail,
                "wait": self._wait,
                "count": self._count,
                "speak": self._speak,
            }
        )

    @classmethod
    def supported(cls, device):
        return True

    def run(self):
        said = 0
        while not self._stopped.wait(0.05):
            try:
                lines = self.dev.read_text(encoding="utf-8").splitlines()
            except FileNotFoundError:
                break
            for line in lines[said:]:
                self.data["value"] = line
                event_manager.device_changed(self)
            said = len(lines)

    def _echo(self, data):
        return {"said": data.get("text")}

    def _fail(self, data):
        raise RuntimeError(data.get("text"))

    def _wait(self, data):
        time.sleep(data["seconds"])
        return "waited"

    def _count(self, _data):
        self.counted += 1
        return self.counted

    def _speak(self, data):
        event_manager.device_changed(self, {"value": data.get("text")})


def _start_late():
    """The client starts its interfaces when it has loaded the drivers, which is just before its websocket."""
    while not any(type(thread).__name__ == "WebsocketClient" for thread in threading.enumerate()):
        time.sleep(0.1)
    FileInterface().start()


interfaces.pop(FileInterface.__name__)
threading.Thread(target=_start_late, daemon=True).start()
