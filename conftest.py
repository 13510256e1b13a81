"""What every pytest run in this checkout has, whatever it is given: it says how far it is, and ends what hangs.

Where it is given tests of addons, pytest-odoo runs them.
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parent


def _of_an_addon(argument: str) -> bool:
    path = Path(argument.partition("::")[0]).absolute()
    return path.is_relative_to(ROOT) and (ROOT / path.relative_to(ROOT).parts[0] / "__manifest__.py").exists()


pytest_plugins = ["fusion_cli.testing.watch", "fusion_cli.testing.live", "fusion_cli.testing.spread"]
# The processes of pytest-xdist have no arguments, but the environment of the one that started them.
if "FUSION_ODOO_TESTS" in os.environ or any(map(_of_an_addon, sys.argv[1:])):
    pytest_plugins.append("fusion_cli.testing.odoo_session")
