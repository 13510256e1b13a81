"""The MQTT runtime without Odoo: what it imports from `odoo.addons` are the pure packages of this suite."""

import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _package(name: str, folder: Path) -> None:
    if name not in sys.modules:
        module = sys.modules[name] = types.ModuleType(name)
        module.__path__ = [str(folder)]


_package("odoo", ROOT / "no Odoo")
_package("odoo.addons", ROOT)
for _addon in ("fusion_iot", "fusion_iot_base"):
    _package(f"odoo.addons.{_addon}", ROOT / _addon)
_package("odoo.addons.fusion_iot.runtime", ROOT / "fusion_iot" / "runtime")
