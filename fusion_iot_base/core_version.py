"""The package ``fusion-iot-core`` is updated apart from the addons: one that is too old is said at once.

Odoo compares the manifest with what is installed only when it installs or updates an addon. A server that is merely
restarted on newer folders would fail at the first name that is missing.
"""

import re
import sys

NEEDED = "1.1"
"""As in the manifest."""


def check(found: str) -> None:
    """Raise ``ImportError`` where the version that was found is older than what is needed."""
    if _numbers(found) < _numbers(NEEDED):
        raise ImportError(
            f"The Fusion IoT addons need fusion-iot-core {NEEDED} or newer, and {sys.executable} has "
            f"{found or 'none'}. "
            'Update it from the folder that the addons are from (pip install --upgrade "./core[mqtt]"), and start the '
            "server again."
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:2]))


def _found() -> str:
    try:
        import fusion_iot_core
    except ModuleNotFoundError:
        return ""
    return fusion_iot_core.__version__


check(_found())
