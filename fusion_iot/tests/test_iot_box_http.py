import io
import json
import logging
import zipfile
from pathlib import Path
from unittest.mock import patch
from urllib.parse import urlencode

from odoo.addons.fusion_iot_base.rate_limits import REFUSED_PER_MINUTE
from odoo.addons.fusion_iot_base.recognition import READ_EVERY_S
from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.modules import get_module_path
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

import fusion_iot_core

from ..controllers.box_report import is_answer, is_event, read_answer, read_event
from .iot_box_common import BoxCase, fresh_box_counts

SERIAL = "10000000abcdef01"
JSON_ADDRESSES = (
    "/iot/setup",
    "/iot/box/send_websocket",
    "/iot/box/webrtc_answer",
    "/iot/box/update_certificate_status",
)
_FORM = "application/x-www-form-urlencoded"
FILES = "odoo.addons.fusion_iot.controllers.box_files"
REFUSALS = "odoo.addons.fusion_iot.controllers.box_setup"


@tagged("post_install", "-at_install")
class TestBoxHttp(BoxCase, HttpCase):
    """What a box, and who pretends to be one, gets over HTTP."""

    def setUp(self):
        super().setUp()
        self.counts = self.enterContext(fresh_box_counts())

    def post(self, address, body=None, headers=None, **more):
        if isinstance(body, dict):
            body = json.dumps({"params": body})
        if isinstance(body, str):
            body = body.encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        response = self.opener.post(
            self.base_url() + address, data=body, headers=headers, timeout=patient(30), **more
        )
        self.assertNotIn("Set-Cookie", response.headers)
        self.assertNotIn("Traceback", response.text)
        self.assertLess(response.status_code, 500, response.text[:300])
        return response

    def paired(self, **report):
        """A box that was paired over HTTP."""
        token = self.make_token()
        response = self.post("/iot/setup", self.body(SERIAL, token, **report))
        self.assertEqual(response.status_code, 200, response.text)
        self.env.invalidate_all()
        self.assertEqual(response.json()["result"], self.channel_of(self.box()))
        return self.box()

    def form(self, address, values, **more):
        return self.post(
            address, urlencode(values).encode(), {"Content-Type": _FORM, **more.pop("headers", {})}
        )

    def everything(self):
        """How many records there are of all that a request could make."""
        self.env.invalidate_all()
        names = (
            "iot.box",
            "iot.device",
            "iot.box.token",
            "iot.box.call",
            "iot.keyboard.layout",
            "iot.unknown.device",
        )
        return [self.env[name].with_context(active_test=False).search_count([]) for name in names]

    def test_setup(self):
        one = self.paired(devices={"usb_1": {"name": "One", "type": "scanner"}})
        self.assertEqual(one.device_ids.name, "One")

    @mute_logger(REFUSALS)
    def test_strangers_get_nothing(self):
        self.paired()
        before = self.everything()
        for identifier, token in (
            (SERIAL, ""),
            (SERIAL, "guessed"),
            ("10000000abcdef02", "guessed"),
            (SERIAL, None),
        ):
            response = self.post("/iot/setup", self.body(identifier, token, {"x": {"name": "x"}}))
            self.assertEqual((response.status_code, response.json()["error"]), (403, "not_paired"))
            self.assertNotIn("result", response.json())
        self.assertEqual(self.everything(), before)

    @mute_logger(REFUSALS)
    def test_junk(self):
        self.paired()
        before = self.everything()
        deep = "[" * 60_000
        of_box = ['"session_id": ["x"]', r'"session_id": "\u0000"', '"session_id": "x", "result": NaN',
                  r'"session_id": "x", "result": "\u0000"', r'"session_id": "x", "result": "\ud800"',
                  '"ssl_certificate_end_date": "9999-99-99"', '"ssl_certificate_end_date": 5',
                  '"ssl_certificate_end_date": "0001-01-01 00:00:00+14:00"']  # fmt: skip
        params = ["null", "[]", "{}", deep, '{}, "params": {}', '{"iot_box": 1, "devices": 2}',
                  '{"iot_box": {"identifier": ["x"]}, "devices": {}}',
                  r'{"iot_box": {"identifier": "a\u0000b"}, "devices": {}}',
                  '{"iot_box": {"identifier": "x", "token": {}, "ip": 1, "version": []}, "devices": {"a": 1}}',
                  r'{"iot_box": {"identifier": "x", "token": "\ud800"}, "devices": {}}',
                  '{"iot_box_identifier": {"a": 1}}', '{"identifier": 7}']  # fmt: skip
        known = f'"identifier": "{SERIAL}", "iot_box_identifier": "{SERIAL}"'
        params += ["{" + known + ", " + rest + "}" for rest in of_box]
        bodies = ["", "{", "null", "[]", "{}", deep, "\x00", "NaN", b"\xff\xfe\x00", '"x"', "1e999"]
        bodies += ['{"params": ' + text + "}" for text in params]
        for address in JSON_ADDRESSES:
            for body in bodies:
                headers = {"Content-Type": "application/json"}
                response = self.post(address, body, headers)
                self.assertIn(
                    response.status_code, (200, 400, 403), (address, body[:80], response.text[:200])
                )
                self.assertTrue(response.headers["Content-Type"].startswith("application/json"), address)
                if response.status_code == 200:
                    self.assertEqual(response.json(), {"result": False}, (address, body[:80]))
        self.assertEqual(self.everything(), before)
        self.assertFalse(self.box().certificate_end)

    def test_wrong_kinds_of_requests(self):
        before = self.everything()
        for address in JSON_ADDRESSES:
            self.assertEqual(self.post(address, b"a=b", {"Content-Type": _FORM}).status_code, 415)
            self.assertEqual(self.opener.get(self.base_url() + address, timeout=patient(30)).status_code, 405)
        for address in ("/iot/get_handlers", "/iot/keyboard_layouts", "/iot/log"):
            self.assertIn(
                self.opener.get(self.base_url() + address, timeout=patient(30)).status_code, (404, 405)
            )
            for body, kind in (
                (b"\xff\x00", None),
                (b"--x", "multipart/form-data; boundary=x"),
                (b"{}", "application/json"),
                (b"identifier=%00", _FORM),
                (b"identifier=%FF&identifier=2", _FORM),
            ):
                response = self.post(address, body, {"Content-Type": kind} if kind else None)
                self.assertIn(response.status_code, (400, 403, 404, 415), (address, body))
                self.assertEqual(len(response.content) if response.status_code == 403 else 0, 0)
        upload = self.opener.post(
            self.base_url() + "/iot/get_handlers", files={"identifier": ("x", b"x")}, timeout=patient(30)
        )
        self.assertEqual(upload.status_code, 403)
        self.assertEqual(self.everything(), before)

    def test_too_much(self):
        before = self.everything()
        for address, size in (("/iot/setup", 600_000), ("/iot/box/send_websocket", 9_000_000),
                              ("/iot/box/update_certificate_status", 70_000)):  # fmt: skip
            response = self.post(address, '{"params": "' + "x" * size + '"}')
            self.assertEqual((response.status_code, response.json()["error"]), (413, "too_large"))
        self.assertEqual(self.form("/iot/get_handlers", {"identifier": "x" * 20_000}).status_code, 413)
        self.assertEqual(
            self.form("/iot/keyboard_layouts", {"available_layouts": "x" * 600_000}).status_code, 413
        )
        self.assertEqual(self.post("/iot/log", b"x" * 1_100_000).status_code, 413)
        token = self.make_token()
        many = {f"usb_{number}": {"name": "x"} for number in range(501)}
        self.assertEqual(self.post("/iot/setup", self.body(SERIAL, token, many)).status_code, 400)
        self.env["iot.box.token"].search([], limit=1).unlink()
        self.assertEqual(self.everything(), before)

    def test_odd_devices_of_a_paired_box(self):
        long = "x" * 10_000
        one = self.paired(
            devices={
                "good": {
                    "name": "<b>Bold</b>\x00\n",
                    "type": "printer",
                    "manufacturer": None,
                    "subtype": False,
                },
                "long": {"name": long, "type": long, "manufacturer": long, "connection": long},
                "junk": 7,
                "": {"name": "nameless"},
                "nul\x00": {"name": "x"},
                long: {"name": "x"},
            }
        )
        self.assertEqual(set(one.device_ids.mapped("box_device")), {"good", "long"})
        self.assertEqual(one.device_ids.filtered(lambda d: d.box_device == "good").name, "<b>Bold</b>")
        self.assertEqual(max(map(len, one.device_ids.mapped("name"))), 128)

    def test_handlers_are_for_known_boxes(self):
        for identifier in ("", "nobody", SERIAL, "%", "' OR 1=1 --"):
            response = self.form("/iot/get_handlers", {"identifier": identifier, "auto": "True"})
            self.assertEqual((response.status_code, response.content), (403, b""))
        one = self.paired()
        response = self.form("/iot/get_handlers", {"identifier": SERIAL, "auto": "True"})
        self.assertEqual(response.status_code, 200)
        names = set(zipfile.ZipFile(io.BytesIO(response.content)).namelist())
        stock = Path(get_module_path("iot_drivers"), "iot_handlers")
        self.assertLessEqual({path.relative_to(stock).as_posix() for path in stock.rglob("*.py")}, names)
        self.assertFalse([name for name in names if name.startswith(("/", ".")) or "__pycache__" in name])
        carried = {name.split("/")[2] for name in names if name.startswith("lib/fusion_iot_core/")}
        self.assertEqual(carried, set(fusion_iot_core.PORTABLE))
        # the client sends the tag back without its quotes
        etag = response.headers["ETag"].strip('"')
        for given in (etag, f'"{etag}"'):
            again = self.form("/iot/get_handlers", {"identifier": SERIAL}, headers={"If-None-Match": given})
            self.assertEqual((again.status_code, again.content), (304, b""))
        one.drivers_auto_update = False
        self.assertFalse(self.form("/iot/get_handlers", {"identifier": SERIAL, "auto": "True"}).content)
        asked = self.form("/iot/get_handlers", {"identifier": SERIAL, "auto": "False"})
        self.assertEqual(asked.content, response.content)
        # without the stock ones the box would be left with ours alone
        with patch(f"{FILES}.STOCK", "no_such_addon"), mute_logger(FILES):
            missing = self.form("/iot/get_handlers", {"identifier": SERIAL, "auto": "False"})
        self.assertEqual((missing.status_code, missing.content), (204, b""))
        # nor with what happens to be readable
        refused = PermissionError(13, "Permission denied", "driver.py")
        with (
            patch(f"{FILES}.make_archive", side_effect=refused),
            self.assertLogs(FILES, logging.ERROR) as logs,
        ):
            unreadable = self.form("/iot/get_handlers", {"identifier": SERIAL, "auto": "False"})
        self.assertEqual((unreadable.status_code, unreadable.content), (204, b""))
        self.assertIn("driver.py", logs.output[0])
        one._unpair()
        self.assertEqual(self.form("/iot/get_handlers", {"identifier": SERIAL}).status_code, 403)

    def test_from_another_address(self):
        """What says a serial number only is served where the secret was presented from."""
        one = self.paired(devices={"HDMI-A-1": {"name": "Screen", "type": "display"}})
        one.device_ids.display_url = "https://shop.example.com/board"
        page = f"/iot/box/{SERIAL}/display_url"
        self.assertEqual(
            self.url_open(page, timeout=patient(12)).json(), {"HDMI-A-1": "https://shop.example.com/board"}
        )
        certificate = {"identifier": SERIAL, "ssl_certificate_end_date": "2027-01-31 12:00:00+00:00"}
        one.address = "203.0.113.9"
        before = self.everything()
        refused = self.url_open(page, timeout=patient(12))
        self.assertEqual((refused.status_code, refused.content), (403, b""))
        self.assertEqual(self.form("/iot/get_handlers", {"identifier": SERIAL}).status_code, 403)
        self.assertEqual(self.form("/iot/keyboard_layouts", {"available_layouts": "[]"}).status_code, 403)
        self.assertEqual(self.post("/iot/log", f"identifier {SERIAL}<log/>\n".encode()).status_code, 403)
        for address, body in (("/iot/box/send_websocket", {"iot_box_identifier": SERIAL, "session_id": "x"}),
                              ("/iot/box/webrtc_answer", {"iot_box_identifier": SERIAL}),
                              ("/iot/box/update_certificate_status", certificate)):  # fmt: skip
            unknown = self.post(address, {**body, "iot_box_identifier": "nobody", "identifier": "nobody"})
            known = self.post(address, body)
            self.assertEqual((known.status_code, known.content), (403, unknown.content))
        self.assertEqual(self.everything(), before)
        one.fixed_address = False
        self.assertEqual(
            self.post("/iot/box/update_certificate_status", certificate).json(), {"result": True}
        )
        self.env.invalidate_all()
        self.assertEqual(str(one.certificate_end), "2027-01-31 12:00:00")

    def ask(self, address, sent):
        """A request: ``sent`` is the ``params`` of JSON, a form as text, raw bytes, or ``None`` to GET."""
        if sent is None:
            return self.url_open(address, timeout=patient(30))
        if isinstance(sent, str):
            return self.form(address, dict([sent.split("=")]))
        return self.post(address, sent)

    def requests_as(self, identifier, token):
        """What a box of this name sends, by address."""
        certificate = {"identifier": identifier, "ssl_certificate_end_date": "2027-01-31 12:00:00+00:00"}
        return {
            "/iot/setup": self.body(identifier, token),
            "/iot/box/send_websocket": {"iot_box_identifier": identifier, "session_id": "x"},
            "/iot/box/webrtc_answer": {"iot_box_identifier": identifier},
            "/iot/box/update_certificate_status": certificate,
            "/iot/get_handlers": f"identifier={identifier}",
            f"/iot/box/{identifier}/display_url": None,
            "/iot/log": f"identifier {identifier}<log/>\n".encode(),
        }

    def count_strangers(self):
        for _ in range(REFUSED_PER_MINUTE):
            self.counts.limits.count_stranger("127.0.0.1")

    @mute_logger(REFUSALS)
    def test_who_guesses_is_kept_from_the_database_and_harms_no_paired_box(self):
        token = self.make_token()
        right = self.requests_as(SERIAL, token)
        guesses = {**self.requests_as("10000000abcdef02", token), "/iot/setup": self.body(SERIAL, "guessed")}
        self.assertEqual(self.ask("/iot/setup", right["/iot/setup"]).status_code, 200)
        for address, sent in guesses.items():
            with self.subTest(address):
                self.assertEqual(self.ask(address, sent).status_code, 403)
        counted = self.counts.limits._strangers._buckets["127.0.0.1"].level
        self.assertEqual(counted, REFUSED_PER_MINUTE - len(guesses))
        self.count_strangers()
        self.ask("/iot/setup", guesses["/iot/setup"])  # has the boxes read
        for address, sent in guesses.items():
            with self.subTest(address), patch("odoo.http.Request._serve_db") as served:
                answer = self.ask(address, sent)
                self.assertEqual((answer.status_code, answer.json()["error"]), (429, "too_many_requests"))
                self.assertEqual(answer.headers["Retry-After"], "1")
                served.assert_not_called()
        for address, sent in right.items():
            with self.subTest(address):
                self.assertEqual(self.ask(address, sent).status_code, 200)
        self.assertEqual(self.form("/iot/keyboard_layouts", {"available_layouts": "[]"}).status_code, 200)
        new = self.body("10000000abcdef03", self.make_token())
        self.assertEqual(self.ask("/iot/setup", new).status_code, 429)
        self.counts.now[0] += READ_EVERY_S
        self.count_strangers()
        self.assertEqual(self.ask("/iot/setup", new).status_code, 200, "it is paired")
        self.counts.now[0] += 60.0
        self.assertEqual(self.ask("/iot/setup", guesses["/iot/setup"]).status_code, 403)

    @mute_logger(REFUSALS)
    def test_strangers_at_an_address_where_no_box_is(self):
        token = self.make_token()
        right = self.requests_as(SERIAL, token)
        self.assertEqual(self.ask("/iot/setup", right.pop("/iot/setup")).status_code, 200)
        self.env.invalidate_all()
        self.box().address = "203.0.113.9"
        large = {"iot_box_identifier": SERIAL, "session_id": "x" * 70_000}
        refused = [
            *right.items(),
            ("/iot/box/send_websocket", large),
            ("/iot/keyboard_layouts", "available_layouts=[]"),
        ]
        for address, sent in refused:
            with self.subTest(address):
                self.assertIn(self.ask(address, sent).status_code, (403, 413))
        counted = self.counts.limits._strangers._buckets["127.0.0.1"].level
        self.assertEqual(counted, REFUSED_PER_MINUTE - len(refused))
        self.count_strangers()
        for address, sent in refused:
            with self.subTest(address):
                self.assertEqual(self.ask(address, sent).status_code, 429)
        self.counts.now[0] += READ_EVERY_S
        self.count_strangers()
        self.assertEqual(
            self.ask("/iot/setup", self.body(SERIAL, token)).status_code, 200, "its token proves it"
        )

    def test_answers(self):
        one = self.paired()
        session = one._call("iot_action", {}, 30)
        self.env.flush_all()
        body = {
            "iot_box_identifier": SERIAL,
            "session_id": session,
            "status": "success",
            "result": {"a": [1, None]},
        }
        by_itself = {"iot_box_identifier": SERIAL, "owner": session, "value": "123", "time": 1.5}
        for event in ({**body, "session_id": "x"}, {**by_itself, "device_identifier": "nobody"}):
            self.assertEqual(self.post("/iot/box/send_websocket", event).json(), {"result": False})
        self.assertEqual(self.post("/iot/box/send_websocket", body).json(), {"result": True})
        self.assertEqual(self.post("/iot/box/send_websocket", body).json(), {"result": False})
        self.env.invalidate_all()
        call = self.env["iot.box.call"].search([("session", "=", session)])
        self.assertEqual(call.answer, {"status": "success", "result": {"a": [1, None]}})

    def test_an_answer_of_a_serial_device(self):
        """Its status is an object (`serial_base_driver`)."""
        status = {"status": "error", "message_title": "No scale answers", "message_body": "Traceback"}
        self.assertEqual(read_answer({"status": status}), {"status": "error", "result": "No scale answers"})
        status = {"status": "connected", "message_title": ""}
        self.assertEqual(
            read_answer({"status": status, "result": 1.5}), {"status": "connected", "result": 1.5}
        )
        # Nothing on the scale is a weight too, and the last one is no explanation.
        self.assertEqual(read_answer({"status": status, "result": 0.0})["result"], 0.0)
        failed = {"status": "error", "message_title": "No scale answers"}
        self.assertEqual(read_answer({"status": failed, "result": 1.5})["result"], "No scale answers")
        # It weighs on, and says until the next action that the last one failed.
        _name, event = read_event({"time": 1.5, "status": failed, "result": 1.5})
        self.assertEqual(event, {"value": None, "status": "error", "result": 1.5})

    def test_an_answer_of_a_printer(self):
        """What is wrong is said beside the result, which is empty (`printer_driver_base.send_status`)."""
        told = {"value": "", "result": "", "status": "error", "message": "ERROR_NO_PAPER"}
        self.assertEqual(read_answer(told), {"status": "error", "result": "ERROR_NO_PAPER"})
        told = {"result": "", "status": "success", "message": None}
        self.assertEqual(read_answer(told), {"status": "success", "result": ""})
        # It warns before it prints: that is not the end of it.
        warning = {"session_id": "x", "time": 1.5, "status": "warning", "message": "WARNING_LOW_PAPER"}
        self.assertEqual((is_answer(warning), is_event(warning)), (False, True))
        self.assertEqual(read_event(warning)[1]["result"], "WARNING_LOW_PAPER")
        self.assertTrue(is_answer({**warning, "status": "success"}))
        # of any other device the reason is the result
        self.assertEqual(read_answer({"status": "error", "result": "KeyError"})["result"], "KeyError")

    def test_keyboard_layouts(self):
        layouts = [
            {"name": "German", "layout": "de"},
            {"name": "Dvorak", "layout": "us", "variant": "dvorak"},
            7,
            {"a": 1},
        ]
        values = {"available_layouts": json.dumps(layouts)}
        self.assertEqual(self.form("/iot/keyboard_layouts", values).status_code, 403)
        self.paired()
        for _time in range(2):
            self.assertEqual(self.form("/iot/keyboard_layouts", values).status_code, 200)
        self.env.invalidate_all()
        found = self.env["iot.keyboard.layout"].search([])
        self.assertEqual(set(found.mapped("name")), {"German", "Dvorak"})
        for junk in ("", "{", "7", "[" * 50_000, "null"):
            self.assertIn(
                self.form("/iot/keyboard_layouts", {"available_layouts": junk}).status_code, (200, 400)
            )
        self.assertEqual(self.env["iot.keyboard.layout"].search_count([]), 2)

    def test_log(self):
        one = self.paired()
        lines = [b"identifier %s<log/>\n" % SERIAL.encode(), b"30,2026-11-21 a warning\nERROR forged<log/>\n",
                 b"50,critical \x1b[31m<log/>\n", b"junk<log/>\n", b"20,\xff<log/>\n"]  # fmt: skip
        logger = "odoo.addons.fusion_iot.controllers.box_log"
        with self.assertNoLogs(logger, logging.INFO):
            self.assertEqual(self.post("/iot/log", b"".join(lines)).status_code, 200)
        one.forward_log = True
        with self.assertLogs(logger, logging.INFO) as logs:
            self.assertEqual(self.post("/iot/log", iter(lines)).status_code, 200)
        self.assertEqual(
            [(record.levelname, record.getMessage()) for record in logs.records],
            [
                ("WARNING", f"{SERIAL}: 2026-11-21 a warningERROR forged"),
                ("WARNING", f"{SERIAL}: critical [31m"),
                ("INFO", f"{SERIAL}: \N{REPLACEMENT CHARACTER}"),
            ],
        )
