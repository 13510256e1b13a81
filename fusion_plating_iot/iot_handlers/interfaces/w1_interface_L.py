"""The 1-Wire bus of a Raspberry Pi, as an interface of the stock IoT Box client."""

import hashlib
import os
from pathlib import Path

from odoo.addons.iot_drivers.interface import Interface
from odoo.addons.iot_drivers.iot_handlers.lib.fusion_iot_core.probe.bus import DEVICES, Bus
from odoo.addons.iot_drivers.iot_handlers.lib.fusion_iot_core.probe.config import Config
from odoo.addons.iot_drivers.iot_handlers.lib.fusion_iot_core.probe.station import Pairing, Station
from odoo.addons.iot_drivers.tools import helpers

# Another bus, and seconds between two measurements of a probe.
DEVICES_VARIABLE = "FUSION_W1_DEVICES"
INTERVAL_VARIABLE = "FUSION_PROBE_INTERVAL"


class W1Interface(Interface):
    """Lists the DS18B20 on the bus. Looking does not measure, so that nothing here takes time."""

    connection_type = "w1"

    def __init__(self):
        super().__init__()
        self._bus = Bus(os.environ.get(DEVICES_VARIABLE) or DEVICES)
        self._station = None

    def run(self):
        """List probes; a paired box has them measured, any other starts anew when it is paired.

        What can go wrong is done here and not at once: here it cannot keep the client from its other devices.
        """
        if helpers.get_odoo_server_url():
            self._station = Station(self._config(), _pairing)
            self._station.start()
        super().run()

    def get_devices(self):
        """What the driver is given, by serial."""
        try:
            serials = self._bus.serials()
        except OSError:
            return {}
        return {serial: {"identifier": serial, "station": self._station} for serial in serials}

    def _config(self):
        interval = float(os.environ.get(INTERVAL_VARIABLE) or Config.interval)
        return Config(url="", token="", bus=str(self._bus.path), interval=interval, store=_store())


def _store():
    """Beside odoo.conf, where the image keeps what is to stay. What was measured for one database is for no other."""
    name = hashlib.sha256((helpers.get_conf("db_name") or "").encode()).hexdigest()[:16]
    return Path(helpers.path_file("fusion_probe", f"{name}.db"))


def _pairing():
    url, token = helpers.get_conf("remote_server"), helpers.get_conf("token")
    if not (url and token):
        return None
    return Pairing(url, token, helpers.get_conf("db_name") or "", helpers.get_identifier())
