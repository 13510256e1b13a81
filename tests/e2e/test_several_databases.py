"""What a server with several databases answers to a device that does not say which one it means."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from fusion_cli.testing.pace import patient
from tests.e2e.mqtt_log import OdooLog

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
ELSEWHERE = "a_database_that_is_not_here"


@pytest.mark.parametrize(
    ("address", "media_type", "body"),
    [
        ("/fp/iot/ingest", JSON, b"{}"),
        ("/fp/iot/box/ingest", JSON, b"{}"),
        ("/iot/setup", JSON, b"{}"),
        ("/iot/box/send_websocket", JSON, b"{}"),
        ("/iot/box/webrtc_answer", JSON, b"{}"),
        ("/iot/box/update_certificate_status", JSON, b"{}"),
        ("/iot/get_handlers", FORM, b"identifier=10000000abcdef01"),
        ("/iot/keyboard_layouts", FORM, b"available_layouts=[]"),
        ("/iot/log", "text/plain", b"identifier 10000000abcdef01<log/>20,hello"),
        ("/iot/box/10000000abcdef01/display_url", FORM, None),
    ],
)
def test_a_device_is_told_to_name_its_database(stack, odoo_log: OdooLog, address, media_type, body):
    with odoo_log.lines() as logged:
        request = urllib.request.Request(
            stack.url + address, body, {"Content-Type": media_type, "X-Odoo-Database": ELSEWHERE}
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=patient(20))
        with caught.value as answer:
            assert answer.status == 503
            assert "X-Odoo-Database" in answer.read().decode()
        assert logged("ERROR") == logged("Traceback") == []
