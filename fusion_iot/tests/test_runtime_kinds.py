from odoo.tests import TransactionCase

from ..runtime.mqtt.kind import MqttKind


class TestKinds(TransactionCase):
    def test_a_database_has_the_kinds_of_its_addons(self):
        kinds = {kind.name: kind for kind in self.env["iot.runtime"]._kinds()}
        self.assertIsInstance(kinds["mqtt"], MqttKind)
        self.assertEqual("sessions" in kinds, "iot.session.engine" in self.env)

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
