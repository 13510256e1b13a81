import contextlib
import json
import logging
import socket
from unittest.mock import patch

from odoo.addons.fusion_iot_base.bodies import Deadlines
from odoo.addons.fusion_iot_base.shared_token import TOKEN
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import HttpCase, tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME, release_test_lock

from .common import SERIAL, TankCase

SECRET = "test-secret-123"


@tagged("post_install", "-at_install")
class TestMalformedRequests(HttpCase, TankCase):
    """What no client sends: it is answered in JSON, at once, and is no error of the server's."""

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param(TOKEN, SECRET)

    def send(self, head, body=b""):
        """Status, headers and body of the answer to a request as it goes over the wire."""
        self.env.flush_all()
        parts = self.base_url().removeprefix("http://").split(":")
        address = (parts[0], int(parts[1]))
        with release_test_lock(), socket.create_connection(address, patient(30)) as made:
            head += f"Cookie: {TEST_CURSOR_COOKIE_NAME}={self.http_request_key}\n"
            made.sendall(head.replace("\n", "\r\n").encode("latin-1") + b"\r\n" + body)
            answer = b""
            with contextlib.suppress(ConnectionResetError):
                while part := made.recv(65536):
                    answer += part
        told, _blank, body = answer.partition(b"\r\n\r\n")
        line, *headers = told.decode("latin-1").split("\r\n")
        return int(line.split()[1]), "\n".join(headers), body

    def reading(self, **more):
        return json.dumps({"device_serial": SERIAL, "value": 80.0, **more}).encode()

    def test_addresses(self):
        body = self.reading()
        for path in (
            "/fp/iot/ingest%00",
            "/fp/iot/%00ingest",
            "/fp/iot/box/ingest%00x",
            "/iot/setup%00",
            "/iot/box/%00/display_url",
            "/iot/log%00",
        ):
            with self.subTest(path=path), self.assertNoLogs("odoo", logging.WARNING):
                status, headers, answer = self.send(
                    f"POST {path} HTTP/1.1\nHost: x\nContent-Type: application/json\n"
                    f"X-FP-IOT-Token: {SECRET}\nContent-Length: {len(body)}\n",
                    body,
                )
                self.assertEqual(status, 400, answer[:200])
                self.assertIn("application/json", headers)
                self.assertEqual(json.loads(answer)["error"], "invalid_path")
        self.assertFalse(self.readings())

    def test_heads(self):
        body = self.reading()
        for head in (
            "Host: x\nContent-Length: abc\n",
            "Host: x\nContent-Length: -1\n",
            "Host: x\nContent-Length: 9999999999999999999999\n",
            "Host: \nContent-Length: 0\n",
            "Host: x\nCookie: session_id=\x00\xff; ;;=\nContent-Length: 0\n",
            "Host: x\nX-Odoo-Database: \xff\xfe\nContent-Length: 0\n",
            "Content-Length: 0\n",
        ):
            with self.subTest(head=head), self.assertNoLogs("odoo", logging.ERROR):
                status, headers, answer = self.send(
                    f"POST /fp/iot/ingest HTTP/1.1\nContent-Type: application/json\n{head}", body
                )
                self.assertIn(status, (400, 401, 403, 413, 503), answer[:200])
                self.assertIn("application/json", headers)
                self.assertIs(json.loads(answer)["ok"], False)
        self.assertFalse(self.readings())

    def test_a_token_in_the_address(self):
        body = self.reading()
        for query in (f"token={SECRET}", "token=wrong", "a=b&token="):
            status, _headers, answer = self.send(
                f"POST /fp/iot/ingest?{query} HTTP/1.1\nHost: x\nContent-Type: application/json\n"
                f"X-FP-IOT-Token: {SECRET}\nContent-Length: {len(body)}\n",
                body,
            )
            self.assertEqual((status, json.loads(answer)["error"]), (401, "token_in_address"))

    def test_a_large_body_is_not_parsed_for_its_token(self):
        """Eight megabytes of empty objects cost two hundred megabytes, before anybody has proved anything."""
        body = self.reading(token=SECRET, note="x" * 70_000)
        large = f"Host: x\nContent-Type: application/json\nContent-Length: {len(body)}\n"
        with patch("odoo.addons.fusion_iot_base.sender.load_json") as parse:
            status, _headers, answer = self.send(f"POST /fp/iot/ingest HTTP/1.1\n{large}", body)
        self.assertEqual((status, json.loads(answer)["error"]), (413, "too_large"))
        self.assertIn("X-FP-IOT-Token", json.loads(answer)["message"])
        parse.assert_not_called()
        status, _headers, answer = self.send(
            f"POST /fp/iot/ingest HTTP/1.1\nX-FP-IOT-Token: {SECRET}\n{large}", body
        )
        self.assertEqual((status, json.loads(answer)["accepted"]), (200, 1))

    def test_a_large_body_of_a_stranger_is_not_parsed_for_its_box(self):
        for path in ("/iot/setup", "/iot/box/send_websocket"):
            body = json.dumps({"params": {"note": "x" * 70_000}}).encode()
            with patch("odoo.addons.fusion_iot.controllers.box_report.load_json") as parse:
                status, _headers, answer = self.send(
                    f"POST {path} HTTP/1.1\nHost: x\nContent-Type: application/json\n"
                    f"Content-Length: {len(body)}\n",
                    body,
                )
            self.assertEqual((status, json.loads(answer)["error"]), (413, "too_large"))
            parse.assert_not_called()

    def test_a_body_that_does_not_come(self):
        """It is cut off while the request waits for it; the request has no connection to the database by then."""
        with patch("odoo.addons.fusion_iot_base.bodies.deadlines", Deadlines(0.2)):
            for more in ("Content-Length: 900\n", "Transfer-Encoding: chunked\n"):
                with self.subTest(more=more), patch("odoo.http.Request._serve_db") as served:
                    status, headers, answer = self.send(
                        f"POST /fp/iot/ingest HTTP/1.1\nHost: x\nContent-Type: application/json\n{more}",
                        b"" if "chunked" in more else b'{"a":',
                    )
                    self.assertEqual((status, json.loads(answer)["error"]), (408, "too_slow"))
                    self.assertIn("application/json", headers)
                    served.assert_not_called()

    def test_a_body_that_is_too_large_is_not_waited_for(self):
        with patch("odoo.http.Request._serve_db") as served:
            status, _headers, answer = self.send(
                "POST /fp/iot/ingest HTTP/1.1\nHost: x\nContent-Type: application/json\n"
                "Content-Length: 8388609\n"
            )
        self.assertEqual((status, json.loads(answer)["error"]), (413, "too_large"))
        served.assert_not_called()
