from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import TransactionCase

from ..runtime.mqtt.kind import MqttKind


class TestKinds(TransactionCase):
    def test_a_database_has_the_kinds_of_its_addons(self):
        kinds = {kind.name: kind for kind in self.env["iot.runtime"]._kinds()}
        self.assertIsInstance(kinds["mqtt"], MqttKind)
        self.assertEqual("sessions" in kinds, "iot.session.engine" in self.env)

    def test_which_are_missed(self):
        """A kind says that a scheduled action does its work where no server does; one that says nothing is missed."""

        class Plain:
            name = "plain"

        class Replaced(Plain):
            name, is_missed = "replaced", False

        workers = self.env["iot.runtime.worker"].sudo()
        workers.search([]).unlink()
        now = fields.Datetime.now()
        for kind in ("plain", "replaced", "alert", "notify"):
            listed = {"res_model": "iot.runtime", "res_id": 1, "listed_at": now - timedelta(minutes=1)}
            workers.create({"kind": kind, "name": kind, **listed})
        kinds = self.env["iot.runtime"]._kinds()
        with patch.object(
            type(self.env["iot.runtime"]), "_kinds", lambda self: [*kinds, Plain(), Replaced()]
        ):
            self.assertEqual(workers._missed(now).mapped("kind"), ["plain"])

    def test_reading_what_should_run_takes_as_long_for_many(self):
        connections = self.env["mqtt.connection"].create(
            [
                {"name": f"Line {number}", "host": "broker.test", "client_id": f"{number}"}
                for number in range(40)
            ]
        )
        connections[:2].enabled = True
        counts = []
        for enabled in (connections[:2], connections):
            enabled.enabled = True
            MqttKind().wanted(self.env)  # the rows are there from now on
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            found = MqttKind().wanted(self.env)
            counts.append(self.env.cr.sql_log_count - before)
            self.assertLessEqual(set(enabled.ids), found.keys())
        self.assertEqual(counts[0], counts[1])
        self.assertLess(counts[1], 40)
