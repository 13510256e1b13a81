from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form, TransactionCase
from odoo.tools import mute_logger

from .iot_box_common import BASE_URL, BoxCase

PROBE = {"name": "Probe", "type": "probe", "manufacturer": "Maxim", "connection": "direct", "subtype": ""}
LOGGER = "odoo.addons.fusion_iot.models.iot_box_pairing"


class TestBoxPairing(BoxCase, TransactionCase):
    def test_what_is_pasted_has_what_the_client_wants(self):
        """`save_conf_server` of the client takes exactly these, and asks nobody for a certificate without a uuid."""
        parts = urlsplit(self.env["iot.box.token"]._issue(60))
        self.assertEqual(f"{parts.scheme}://{parts.netloc}", BASE_URL)
        given = parse_qs(parts.query, keep_blank_values=True)
        self.assertEqual(set(given), {"token", "db_uuid", "enterprise_code", "db_name"})
        self.assertEqual((given["db_uuid"], given["enterprise_code"]), ([""], [""]))
        self.assertEqual(given["db_name"], [self.env.cr.dbname])
        self.assertGreaterEqual(len(given["token"][0]), 32)

    def test_an_address_that_no_box_reaches_is_told(self):
        cases = {
            "http://127.0.0.1:8069": True,
            "http://[::1]:8069": True,
            "http://0.0.0.0:8069": True,
            "http://192.168.1.10:8069": False,
            "https://odoo.example.org": False,
        }
        for url, unreachable in cases.items():
            with self.subTest(url=url):
                self.env["ir.config_parameter"].set_param("web.base.url", url)
                with Form(self.env["iot.box.pairing"]) as form:
                    self.assertEqual((form.unreachable, form.server_url), (unreachable, url))

    def test_the_page_of_a_box_is_linked_while_somebody_answers_there(self):
        box, _token = self.pair()
        for ip, online, url in (
            ("192.168.1.20", True, "http://192.168.1.20:8069"),
            ("box-1.example.org", True, "https://box-1.example.org"),
            ("192.168.1.20", False, False),
            ("127.0.0.1", True, False),
            ("192.0.2.2", True, False),
            (False, True, False),
        ):
            with self.subTest(ip=ip, online=online):
                box.write({"ip": ip, "online": online})
                self.assertEqual(box.page_url, url)

    def test_a_fresh_token_pairs_once(self):
        token = self.make_token(name="Line 1")
        channel = self.report(token=token)
        box = self.box()
        self.assertEqual((box.name, box.state, box.ip, box.online), ("Line 1", "paired", "192.0.2.20", False))
        self.assertEqual(channel, self.channel_of(box))
        self.assertEqual(box.version_commit_url, "https://github.com/odoo/odoo/commit/0123abc")
        self.assertNotIn(token, str(box.read()) + str(self.env["iot.box.token"].search([]).read()))
        # the client presents it at every start, and is told the same
        self.assertEqual(self.report(token=token), channel)
        self.assertEqual(len(self.box()), 1)
        # another box has found the note with the token
        self.assertIsNone(self.report("10000000abcdef02", token))
        self.assertFalse(self.box("10000000abcdef02"))

    def test_what_a_box_without_a_good_token_gets(self):
        token = self.make_token(minutes=15)
        tokens = self.env["iot.box.token"].search([], limit=1)
        for wrong in ("", "x", token[:-1], token + "x", token.swapcase(), "0" * 250):
            self.assertIsNone(self.report(token=wrong))
        tokens.expires_at = fields.Datetime.now() - timedelta(hours=1)
        self.assertIsNone(self.report(token=token))
        self.assertFalse(self.box())
        self.assertFalse(self.env["iot.device"].search([("box_id", "!=", False)]))

    def test_a_paired_box_without_its_secret_changes_nothing(self):
        box, _token = self.pair(devices={"one": PROBE})
        self.assertIsNone(self.report(token="guessed", devices={"two": PROBE}, ip="203.0.113.9"))
        self.assertEqual((box.ip, box.device_ids.mapped("box_device")), ("192.0.2.20", ["one"]))

    def test_pairing_again_ends_what_was(self):
        """The image was written anew: the same hardware, another secret."""
        box, token = self.pair()
        channel = self.channel_of(box)
        again, fresh = self.pair()
        self.assertEqual(again, box)
        self.assertNotEqual(self.channel_of(box), channel)
        self.assertIsNone(self.report(token=token))
        self.assertTrue(self.report(token=fresh))

    def test_unpairing(self):
        box, token = self.pair(devices={"one": PROBE})
        box._note_connected("socket")
        device = box.device_ids
        self.assertEqual((device.presence, device.connected), ("online", True))
        channel = self.channel_of(box)
        self.messages()
        with patch("odoo.addons.fusion_iot.models.iot_box_channel.time.sleep") as sleep:
            box.action_unpair()
        # the client takes no notice of it in the first five seconds
        self.assertEqual([5.0], [call.args[0] for call in sleep.call_args_list])
        told = [(kind, payload) for name, kind, payload in self.messages() if name[-1] == channel]
        self.assertEqual(told, [("server_clear", {"iot_identifiers": [box.identifier]})])
        self.assertEqual(
            (box.state, box.online, box.channel, box.token_hash), ("unpaired", False, False, False)
        )
        self.assertEqual((device.presence, device.connected, device.box_id), ("offline", False, box))
        self.assertIsNone(self.report(token=token))
        self.assertEqual(box.state, "unpaired")

    def test_archiving_and_deleting_unpair(self):
        for end in (lambda box: box.action_archive(), lambda box: box.unlink()):
            box, token = self.pair(devices={"one": PROBE})
            device = box.device_ids
            end(box)
            self.assertIsNone(self.report(token=token))
            self.assertTrue(device.exists())
            self.assertFalse(device.connected)
            self.box().unlink()
            device.unlink()

    def test_another_box_takes_the_place(self):
        """Devices named after their box, and those with a serial of their own, stay the records they were."""
        box, token = self.pair(devices={"usb_1": PROBE, "28-0123456789ab": PROBE}, name="Line 1")
        box._note_connected("socket")
        devices = box.device_ids
        self.assertEqual(set(devices.mapped("identifier")), {"10000000abcdef01/usb_1", "28-0123456789ab"})
        fresh, channel = self.make_token(box_id=box.id), self.channel_of(box)
        self.messages()
        self.assertTrue(self.report("10000000abcdef02", fresh, {"usb_1": PROBE, "28-0123456789ab": PROBE}))
        (told,) = [item for item in self.messages() if item[1] == "server_clear"]
        self.assertEqual((told[0][-1], told[2]["iot_identifiers"]), (channel, ["10000000abcdef01"]))
        self.assertEqual((box.name, box.identifier, box.online), ("Line 1", "10000000abcdef02", False))
        self.assertEqual(box.device_ids, devices)
        self.assertEqual(set(devices.mapped("identifier")), {"10000000abcdef02/usb_1", "28-0123456789ab"})
        # the box that was replaced is a stranger
        self.assertIsNone(self.report("10000000abcdef01", token))
        self.assertEqual(len(self.env["iot.box"].search([])), 1)

    def test_a_known_box_takes_the_place_of_another(self):
        box, _token = self.pair(devices={"usb_1": PROBE})
        spare, _spare = self.pair("10000000abcdef02", devices={"usb_1": PROBE})
        fresh = self.make_token(box_id=box.id)
        self.assertTrue(self.report("10000000abcdef02", fresh, {"usb_1": PROBE}))
        self.assertEqual((box.identifier, spare.state), ("10000000abcdef02", "unpaired"))
        self.assertTrue(spare.identifier.startswith("10000000abcdef02 (until "))
        self.assertEqual(box.device_ids.identifier, "10000000abcdef02/usb_1")
        self.assertEqual(spare.device_ids.identifier, f"{spare.identifier}/usb_1")

    @mute_logger(LOGGER)
    def test_a_token_of_another_company_takes_no_box_over(self):
        other = self.env["res.company"].create({"name": "Another company"})
        box, token = self.pair(company_id=self.env.company.id)
        self.assertIsNone(self.report(token=self.make_token(company_id=other.id)))
        self.assertEqual((box.state, box.company_id), ("paired", self.env.company))
        self.assertTrue(self.report(token=token))
        # a box of all companies may be paired again by each
        box.company_id = False
        self.assertTrue(self.report(token=self.make_token(company_id=other.id)))
        self.assertFalse(box.company_id)

    @mute_logger(LOGGER)
    def test_a_token_for_a_box_that_went_to_another_company(self):
        box, _token = self.pair(company_id=self.env.company.id)
        token = self.make_token(box_id=box.id, company_id=self.env.company.id)
        box.company_id = self.env["res.company"].create({"name": "Another company"})
        self.assertIsNone(self.report("10000000abcdef02", token))
        self.assertEqual(box.identifier, "10000000abcdef01")

    def test_who_is_at_the_address_of_a_box(self):
        box, _token = self.pair()
        for known, same, other in (
            ("192.0.2.20", "192.0.2.20", "192.0.2.21"),
            ("2001:db8::1", "2001:db8::2:3", "2001:db8:0:1::1"),
            # as a server sees IPv4 that listens on IPv6 for both
            ("::ffff:192.0.2.20", "::ffff:192.0.2.20", "::ffff:192.0.2.21"),
            ("::ffff:192.0.2.20", "192.0.2.20", "2001:db8::1"),
            ("somewhere", "somewhere", "elsewhere"),
        ):
            with self.subTest(known=known):
                box.address = known
                self.assertEqual(box._recognise(box.identifier, same), box)
                self.assertFalse(box._recognise(box.identifier, other))
                self.assertEqual((box._at(same), box._at(other)), (box, box.browse()))

    def test_an_address_that_no_box_could_use(self):
        for url in (
            "http://localhost:8069",
            "",
            "ftp://192.0.2.7",
            "http://192.0.2.7/odoo",
            "http://[",
            "http://192.0.2.7:x",
            "http://192.0.2.7?a=b",
            "http://user@192.0.2.7",
            "192.0.2.7",
        ):
            self.env["ir.config_parameter"].set_param("web.base.url", url)
            with self.assertRaises(UserError):
                self.env["iot.box"].action_pair()

    def test_the_dialog(self):
        action = self.env["iot.box"].action_pair()
        wizard = self.env["iot.box.pairing"].with_context(**action["context"]).create({"name": "Line 1"})
        self.assertFalse(wizard.connection)
        action = wizard.action_make()
        shown = self.env["iot.box.pairing"].browse(action["res_id"]).with_context(**action["context"])
        token = shown.connection.split("token=")[1].split("&")[0]
        self.assertFalse(wizard.with_context(iot_box_connection=False).connection)
        self.assertTrue(self.report(token=token))
        self.assertEqual((self.box().name, self.box().company_id), ("Line 1", self.env.company))
        replacing = self.env["iot.box.pairing"].create({"box_id": self.box().id, "minutes": "15"})
        replacing.action_make()
        self.assertEqual(self.env["iot.box.token"].search([], limit=1).box_id, self.box())
