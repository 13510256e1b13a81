"""Loads the downloaded drivers for probes into the stock client. Runs in the process of the box, as an addon.

The client does this itself on a Raspberry Pi or Windows only (`helpers.load_iot_handlers`). The bus is the folder
``w1`` of the box.
"""

import os
import sys
import threading
import time
from importlib import util

from odoo.addons.iot_drivers import iot_handlers
from odoo.addons.iot_drivers.tools import helpers

KINDS = {"interfaces": "w1_interface_L.py", "drivers": "ds18b20_driver_L.py"}


def _load():
    """As the client does it, when it has fetched them: just before its websocket."""
    while not any(type(thread).__name__ == "WebsocketClient" for thread in threading.enumerate()):
        time.sleep(0.1)
    place = helpers.path_file("odoo", "addons", "iot_drivers", "iot_handlers")
    # On a box this is the folder of the client itself.
    iot_handlers.__path__ = [*iot_handlers.__path__, str(place)]
    for kind, name in KINDS.items():
        module = helpers.compute_iot_handlers_addon_name(kind, name)
        spec = util.spec_from_file_location(module, place / kind / name)
        loaded = sys.modules[module] = util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
    sys.modules[
        helpers.compute_iot_handlers_addon_name("interfaces", KINDS["interfaces"])
    ].W1Interface().start()


os.environ["FUSION_W1_DEVICES"] = str(helpers.path_file("w1"))
os.environ["FUSION_PROBE_INTERVAL"] = "0.5"
threading.Thread(target=_load, daemon=True).start()
