from odoo.tests import no_retry

from .pace import PatientHttpCase, patient


def hoot_id(name):
    """The identifier that the browser's test runner gives to a suite."""
    code = 0
    for char in name:
        code = ((code << 5) - code + ord(char)) & 0xFFFFFFFF
    return f"{code:08x}"


@no_retry
class HootCase(PatientHttpCase):
    """Runs the JavaScript unit tests of one addon, named by ``suite``: the addon's name after an ``@``."""

    browser_size = "1366x768"
    suite = ""

    def run_suite(self):
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout={patient(5000):.0f}&id={hoot_id(self.suite)}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
