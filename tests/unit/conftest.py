"""The pure packages, imported as a process without Odoo would: without running the addons' own ``__init__``."""

import sys
import types
from pathlib import Path

from hypothesis import HealthCheck, settings

# How long an example takes is a matter of the machine.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

ROOT = Path(__file__).resolve().parents[2]

for addon in ("fusion_plating_iot",):
    module = types.ModuleType(addon)
    module.__path__ = [str(ROOT / addon)]
    sys.modules[addon] = module
