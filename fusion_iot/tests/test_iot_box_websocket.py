from types import SimpleNamespace
from unittest.mock import patch

from odoo.tests import TransactionCase
from psycopg2.errors import SerializationFailure

from ..models.iot_box_websocket import _note_gone
from .iot_box_common import BoxCase

MODULE = "odoo.addons.fusion_iot.models.iot_box_websocket"


class Socket:
    """As much of a websocket as is needed."""


class TestBoxWebsocket(BoxCase, TransactionCase):
    """Who may listen to what."""

    def setUp(self):
        super().setUp()
        self.one, _token = self.pair()
        self.public = self.env["ir.websocket"].with_user(self.env.ref("base.public_user"))
        self.start_patch(
            patch(
                "odoo.addons.bus.models.ir_websocket.wsrequest",
                SimpleNamespace(session=SimpleNamespace(uid=None)),
            )
        )

    def start_patch(self, patcher):
        patcher.start()
        self.addCleanup(patcher.stop)

    def channels(self, *asked, last=0):
        data = self.public._prepare_subscribe_data(list(asked), last)
        return [channel for channel in data["channels"] if isinstance(channel, str)]

    def test_a_box_hears_its_channel_and_nothing_else(self):
        self.assertEqual(self.channels(self.channel_of(self.one)), [self.channel_of(self.one)])

    def test_other_channels_are_left_alone(self):
        self.assertIn("broadcast", self.channels("another"))
        self.assertIn("another", self.channels("another"))

    def test_what_is_not_a_channel_of_a_box_is_silent(self):
        good = self.channel_of(self.one)
        for name in ("iot_box:", "iot_box:x", f"iot_box:{self.one.id}:", good[:-1], good + "x", good.upper(),
                     "iot_box:999999999:abc", f"iot_box:{'9' * 40}:x", f"iot_box:{self.one.id}:é\ud800", "iot_box:²:x",
                     f"iot_box:0{self.one.id}:x", "iot_box:-1:x"):  # fmt: skip
            self.assertNotIn(good, self.channels(name), name)
            if name.startswith("iot_box:"):
                self.assertEqual(self.channels(name), [], name)
        self.assertEqual(self.channels("iot_box:nothing", good), [good])

    def test_an_unpaired_box_hears_nothing(self):
        channel = self.channel_of(self.one)
        self.one._unpair()
        self.assertEqual(self.channels(channel), [])

    def test_what_was_said_while_it_was_away_is_not_repeated(self):
        self.one._tell("restart_odoo", {"session_id": "given up"})
        self.env.cr.precommit.run()
        last = self.env["bus.bus"].sudo()._bus_last_id()
        data = self.public._prepare_subscribe_data([self.channel_of(self.one)], 0)
        self.assertEqual(data["last"], last)
        self.assertEqual(self.public._prepare_subscribe_data(["another"], 0)["last"], 0)

    def test_presence(self):
        websocket = Socket()
        with patch(f"{MODULE}.wsrequest", SimpleNamespace(ws=websocket)):
            wrong = {"channels": [self.channel_of(self.one)], "last": 0, "identifier": "somebody else"}
            self.public._note_boxes(wrong)
            self.assertFalse(self.one.online)
            self.public._note_boxes({**wrong, "identifier": self.one.identifier})
        self.assertTrue(self.one.online)
        _note_gone(self.env, websocket)
        self.assertFalse(self.one.online)
        _note_gone(self.env, Socket())

    def test_a_close_that_has_to_be_noted_again(self):
        """Odoo repeats it where somebody else was writing to the box."""
        websocket = Socket()
        with patch(f"{MODULE}.wsrequest", SimpleNamespace(ws=websocket)):
            self.public._note_boxes(
                {"channels": [self.channel_of(self.one)], "identifier": self.one.identifier}
            )
        with (
            patch.object(type(self.one), "_hang_up", side_effect=SerializationFailure()),
            self.assertRaises(SerializationFailure),
        ):
            _note_gone(self.env, websocket)
        self.assertTrue(self.one.online)
        _note_gone(self.env, websocket)
        self.assertFalse(self.one.online)

    def test_thousands_of_names_are_not_looked_up(self):
        names = [f"iot_box:{number}:x" for number in range(self.one.id, self.one.id + 5000)]
        with patch.object(type(self.one), "_of_channel", return_value=self.one.browse()) as looked_up:
            self.assertEqual(self.channels(*names), [])
        self.assertLess(looked_up.call_count, 20)
