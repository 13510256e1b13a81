from odoo.tests import HttpCase, no_retry, tagged

SUITES = ("@fusion_iot_base", "@fusion_plating_iot")


def hoot_id(name):
    """The identifier that the browser's test runner gives to a suite."""
    code = 0
    for char in name:
        code = ((code << 5) - code + ord(char)) & 0xFFFFFFFF
    return f"{code:08x}"


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    """The JavaScript unit tests of the live screens."""

    browser_size = "1366x768"

    @no_retry
    def test_suites(self):
        wanted = "".join(f"&id={hoot_id(suite)}" for suite in SUITES)
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000{wanted}",
            "",
            "",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=lambda message: "[HOOT]" not in message,
        )
