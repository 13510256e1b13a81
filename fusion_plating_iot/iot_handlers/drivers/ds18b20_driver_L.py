"""A DS18B20 temperature probe, as a device of the stock IoT Box client."""

from odoo.addons.iot_drivers.driver import Driver
from odoo.addons.iot_drivers.iot_handlers.lib.fusion_iot_core.probe.ds18b20 import FAULT, is_serial


class Ds18b20Driver(Driver):
    """Shows a probe. It is measured by the interface's station, whoever asks or does not."""

    connection_type = "w1"

    def __init__(self, identifier, device):
        super().__init__(identifier, device)
        self.device_name = f"DS18B20 {identifier}"
        self.device_type = "probe"
        self.device_connection = "1-wire"
        self.device_manufacturer = "Maxim"
        self._actions["read_once"] = self._read_once

    @classmethod
    def supported(cls, device):
        """Whether this is one."""
        return is_serial(device["identifier"])

    def run(self):
        """Nothing to do by itself."""

    def _read_once(self, _data):
        """The last value, and how many seconds old it is."""
        station = self.dev["station"]
        found = station and station.latest(self.device_identifier)
        if not found:
            raise RuntimeError("This probe has not been measured yet.")
        celsius, age = found
        if celsius == FAULT:
            raise RuntimeError("This probe does not answer.")
        return {"value": celsius, "unit": "°C", "age": round(age, 1)}
