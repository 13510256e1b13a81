from unittest.mock import patch

from odoo.tests import TransactionCase

from fusion_iot_core.protocol import Measurement

from ..models.iot_device_presence import _noted as seen
from .iot_box_common import BoxCase

PRINTER = {
    "name": "Zebra",
    "type": "printer",
    "manufacturer": "Zebra",
    "connection": "network",
    "subtype": "label_printer",
}
PROBE = {"name": "DS18B20", "type": "probe", "manufacturer": "Maxim", "connection": "1-wire", "subtype": ""}
ROM = "28-0123456789ab"


class TestBoxDevices(BoxCase, TransactionCase):
    def test_plugged_and_pulled(self):
        box, token = self.pair(devices={"usb_1": PRINTER, ROM: PROBE})
        printer = box.device_ids.filtered(lambda device: device.type == "printer")
        self.assertEqual(
            printer.read(["name", "manufacturer", "connection", "subtype", "kind", "box_device"])[0],
            {
                "id": printer.id,
                "name": "Zebra",
                "manufacturer": "Zebra",
                "connection": "network",
                "subtype": "label_printer",
                "kind": "other",
                "box_device": "usb_1",
            },
        )
        self.assertEqual(box.device_ids.filtered(lambda device: device.identifier == ROM).kind, "probe")
        # it is not heard of before its websocket is there
        self.assertEqual((printer.presence, printer.connected, box.connected_count), ("offline", False, 0))
        box._note_connected("socket")
        self.assertEqual((printer.presence, printer.connected, box.connected_count), ("online", True, 2))
        printer.name = "Labels of line 1"
        self.report(token=token, devices={ROM: PROBE})
        self.assertEqual((printer.presence, printer.connected, box.connected_count), ("offline", False, 1))
        self.report(token=token, devices={"usb_1": PRINTER, ROM: PROBE})
        self.assertEqual(
            (printer.presence, printer.connected, printer.name), ("online", True, "Labels of line 1")
        )
        self.assertEqual(box.device_count, 2)
        box._note_gone("socket")
        self.assertEqual((printer.presence, printer.connected, box.presence), ("offline", False, "offline"))

    def test_what_a_box_kept_of_a_pulled_probe_does_not_put_it_online(self):
        box, token = self.pair(devices={ROM: PROBE})
        box._note_connected("socket")
        probe = box.device_ids
        reading = Measurement(device=ROM, quantity="temperature", value=21.0, unit="°C")
        for devices, source, presence in (
            ({}, "box", "offline"),
            ({ROM: PROBE}, "box", "online"),
            # It hangs somewhere else now.
            ({}, "http", "online"),
        ):
            with self.subTest(devices=devices, source=source):
                self.report(token=token, devices=devices)
                probe.last_seen = False
                seen.forget()
                self.env["iot.ingest"].ingest([reading], source=source)
                self.assertTrue(probe.last_seen)
                self.assertEqual(probe.presence, presence)

    def test_a_late_goodbye_of_an_earlier_websocket(self):
        box, _token = self.pair()
        box._note_connected("first")
        box._note_connected("second")
        box._note_gone("first")
        self.assertTrue(box.online)
        box._note_gone("second")
        self.assertFalse(box.online)

    def test_an_unchanged_report_writes_no_device(self):
        box, token = self.pair(devices={"usb_1": PRINTER, "usb_2": {"name": "x", "type": "unsupported"}})
        before = box.device_ids.mapped("write_date")
        self.env.flush_all()
        self.env.cr.execute("UPDATE iot_device SET write_date = write_date - interval '1 hour'")
        self.env.invalidate_all()
        self.report(token=token, devices={"usb_1": PRINTER, "usb_2": {"name": "x", "type": "unsupported"}})
        self.assertTrue(all(date < before[0] for date in box.device_ids.mapped("write_date")))

    def test_the_same_port_of_two_boxes(self):
        one, _token = self.pair(devices={"HDMI-A-1": {"name": "Screen", "type": "display"}})
        two, _token = self.pair(
            "10000000abcdef02", devices={"HDMI-A-1": {"name": "Screen", "type": "display"}}
        )
        self.assertNotEqual(one.device_ids, two.device_ids)

    def test_a_probe_moves_to_another_box(self):
        one, token = self.pair(devices={ROM: PROBE})
        probe = one.device_ids
        two, _token = self.pair("10000000abcdef02", devices={ROM.upper(): PROBE})
        self.assertEqual(two.device_ids, probe)
        self.report(token=token)
        self.assertTrue(probe.is_plugged)

    def test_a_registered_device_is_adopted(self):
        device = self.env["iot.device"].create({"name": "Tank 6", "identifier": ROM, "offline_after": 30})
        box, _token = self.pair(devices={ROM: PROBE})
        self.assertEqual((box.device_ids, device.name, device.offline_after), (device, "Tank 6", 30))

    def test_a_device_of_another_company_stays_there(self):
        other = self.env["res.company"].create({"name": "Another company"})
        device = self.env["iot.device"].create({"name": "Theirs", "identifier": ROM, "company_id": other.id})
        box, _token = self.pair(devices={ROM: PROBE}, company_id=self.env.company.id)
        self.assertFalse(device.box_id)
        self.assertEqual(box.device_ids.mapped("identifier"), [ROM], "and is in nobody's way")
        self.assertEqual(box.device_ids.company_id, self.env.company)

    def test_a_box_of_all_takes_no_device_of_a_company_when_two_have_it(self):
        others = self.env["res.company"].create([{"name": "Another company"}, {"name": "And another"}])
        theirs = self.env["iot.device"].create(
            [{"name": "Theirs", "identifier": ROM, "company_id": other.id} for other in others]
        )
        box, _token = self.pair(devices={ROM: PROBE})
        self.assertFalse(theirs.box_id)
        self.assertFalse(box.device_ids.company_id)

    def test_devices_move_with_their_box(self):
        other = self.env["res.company"].create({"name": "Another company"})
        box, _token = self.pair(devices={"usb_1": PRINTER}, company_id=self.env.company.id)
        self.assertEqual(box.device_ids.company_id, self.env.company)
        box.company_id = other
        self.assertEqual(box.device_ids.company_id, other)

    def test_two_boxes_send_their_keyboard_layouts_at_once(self):
        Layout = self.env["iot.keyboard.layout"]
        layouts = {("us", ""): "English", ("us", "dvorak"): "Dvorak"}
        Layout._take(layouts)
        # Neither sees what the other has not committed yet.
        with patch.object(type(Layout), "search", return_value=Layout):
            Layout._take({**layouts, ("de", ""): "German"})
        self.assertEqual(Layout.search([]).mapped("name"), ["Dvorak", "English", "German"])
