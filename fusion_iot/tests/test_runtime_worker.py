from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase


class TestRuntimeWorker(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Worker = cls.env["iot.runtime.worker"]
        cls.env["mqtt.connection"].search([]).enabled = False
        cls.Worker.sudo().search([]).unlink()  # of the demo data, and of addons that build on this one
        cls.connection = cls.env["mqtt.connection"].create({"name": "Hall", "host": "broker.test"})

    def row(self, **values):
        row_id = self.Worker._list("mqtt", self.connection)[self.connection.id]
        row = self.Worker.browse(row_id)
        row.sudo().write(values)
        return row

    def test_one_row_a_connection_for_as_long_as_there_is_one(self):
        row = self.row()
        self.assertEqual((row.name, row.state, row.res_id), ("Hall", "waiting", self.connection.id))
        self.connection.name = "Hall 2"
        self.connection.flush_recordset()
        self.assertEqual(self.Worker._list("mqtt", self.connection), {self.connection.id: row.id})
        row.invalidate_recordset()
        self.assertEqual(row.name, "Hall 2")
        self.assertEqual(self.Worker._list("mqtt", self.connection.browse()), {})
        row.invalidate_recordset()
        self.assertEqual(
            row.state, "stopped", "what it has committed is still known when it is started again"
        )
        self.connection.unlink()
        self.Worker._list("mqtt", self.connection.browse())
        self.assertFalse(row.exists())

    def test_listing_again_uses_up_no_ids(self):
        first = self.row()
        for _ in range(3):
            self.Worker._list("mqtt", self.connection)
        other = self.connection.copy({"name": "Other", "client_id": "other"})
        rows = self.Worker._list("mqtt", self.connection + other)
        self.assertEqual(rows[other.id], first.id + 1)

    def test_a_worker_without_a_sign_of_life_is_dead_since_then(self):
        now = fields.Datetime.now()
        self.row(beat_at=now, state="connected")
        self.assertTrue(self.Worker._health()["alive"])
        since = now - timedelta(seconds=40)
        self.row(beat_at=since)
        health = self.Worker._health()
        self.assertFalse(health["alive"])
        self.assertEqual(health["since"], since.isoformat() + "Z")
        self.assertIn("Hall", health["reason"])

    def test_people_read_what_only_a_kind_has_to_say(self):
        self.assertEqual(self.row().details_text, "")
        self.assertEqual(
            self.row(details={"Nodes": 12, "Slowest": "pump"}).details_text, "Nodes: 12\nSlowest: pump"
        )

    def test_what_only_mqtt_knows_has_fields_and_words_of_its_own(self):
        now = fields.Datetime.now()
        details = {"too_fast_count": 3, "unlogged_count": 4, "retained_count": 2, "Nodes": 12}
        row = self.row(
            details=details,
            full_since=now - timedelta(minutes=7),
            over_count=1999,
            over_last=now,
            over_source="hall/plug",
        )
        self.assertEqual((row.too_fast_count, row.unlogged_count, row.retained_count), (3, 4, 2))
        self.assertEqual(row.details_text, "Nodes: 12")
        full, left_out, retained = row.overload.splitlines()
        self.assertIn("for 7 minutes now: what the broker keeps until then comes late", full)
        self.assertIn("1,999 messages came too fast and were left out, most of them of hall/plug.", left_out)
        self.assertIn("2 messages that the broker had kept came marked as retained", retained)
        self.assertEqual(self.connection.too_fast_count, 3)
        row.details = False
        self.assertEqual((row.too_fast_count, row.unlogged_count, row.retained_count), (0, 0, 0))

        row.write({"kind": "poller", "details": details, "over_last": False})
        self.assertFalse(row.retained_count)
        self.assertIn("too_fast_count: 3", row.details_text)
        self.assertEqual(
            row.overload, "More messages come than can be stored, for 7 minutes now: the rest comes late."
        )

    def test_a_worker_that_never_had_an_owner_is_dead_since_it_was_wanted(self):
        row = self.row()
        self.assertTrue(self.Worker._health()["alive"], "it has just been asked for")
        row.sudo().listed_at = fields.Datetime.now() - timedelta(minutes=1)
        self.assertFalse(self.Worker._health()["alive"])

    def test_a_connection_that_retries_is_alive(self):
        self.row(beat_at=fields.Datetime.now(), state="retrying", last_error="Nothing accepts connections.")
        health = self.Worker._health()
        self.assertTrue(health["alive"])
        self.assertEqual(health["workers"][0]["state"], "retrying")

    def test_what_is_started_is_missed_before_any_server_has_had_it(self):
        def row():
            return self.Worker.search([("kind", "=", "mqtt"), ("res_id", "=", self.connection.id)])

        self.assertFalse(row())
        self.connection.action_start()
        self.assertEqual(row().state, "waiting")
        row().sudo().listed_at = fields.Datetime.now() - timedelta(minutes=1)
        self.assertFalse(self.Worker._health()["alive"])

        self.connection.action_stop()
        self.assertEqual(row().state, "stopped")
        self.assertTrue(self.Worker._health()["alive"], "nobody asks for it any more")

        row().sudo().beat_at = fields.Datetime.now() - timedelta(minutes=1)
        self.connection.action_start()
        self.assertEqual(row().current_state, "waiting")
        self.assertTrue(self.Worker._health()["alive"], "it has just been asked for again")

        self.connection.active = False
        self.assertEqual(row().state, "stopped")
