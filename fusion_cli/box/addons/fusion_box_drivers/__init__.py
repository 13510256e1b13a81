"""Loads the downloaded drivers for probes into the stock client. Runs in the process of the box, as an addon.

The client does this itself on a Raspberry Pi or Windows only (`helpers.load_iot_handlers`).
"""

import logging
import sys
import threading
import time
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

from odoo.addons.iot_drivers import iot_handlers
from odoo.addons.iot_drivers.tools import helpers

_logger = logging.getLogger(__name__)

KINDS = {"interfaces": "w1_interface_L.py", "drivers": "ds18b20_driver_L.py"}


def start() -> None:
    """Begin; returns at once."""
    threading.Thread(target=_load, name="drivers for probes", daemon=True).start()


def _load() -> None:
    """As the client does it, when it has fetched them: just before its websocket."""
    while not any(type(thread).__name__ == "WebsocketClient" for thread in threading.enumerate()):
        time.sleep(0.1)
    place = helpers.path_file("odoo", "addons", "iot_drivers", "iot_handlers")
    if not all((place / kind / name).exists() for kind, name in KINDS.items()):
        _logger.warning("The server has no drivers for probes.")
        return
    # On a box this is the folder of the client itself.
    iot_handlers.__path__ = [*iot_handlers.__path__, str(place)]
    modules = [_module(kind, place / kind / name) for kind, name in KINDS.items()]
    modules[0].W1Interface().start()


def _module(kind: str, path: Path) -> ModuleType:
    name: str = helpers.compute_iot_handlers_addon_name(kind, path.name)
    loader = SourceFileLoader(name, str(path))
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = sys.modules[name] = module_from_spec(spec)
    loader.exec_module(module)
    return module
