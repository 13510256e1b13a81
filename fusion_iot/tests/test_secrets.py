import os
import runpy
from pathlib import Path
from unittest.mock import patch

from odoo.addons.fusion_base.sealing import KEY, is_sealed
from odoo.addons.fusion_base.secret import MASK
from odoo.addons.fusion_base.tests.secrets_common import SecretCase
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, new_test_user
from psycopg2 import IntegrityError

from fusion_iot_core.mqtt import probe
from fusion_iot_core.mqtt.link import Link
from fusion_iot_core.mqtt.trouble import BadSettings, describe

from .iot_box_common import BoxCase
from .mqtt_common import MqttCase, certificate_pem, key_pem, make_key

WORD = "s3cret-word"


class TestSecrets(SecretCase, MqttCase):
    """Passwords and private keys of connections: encrypted in the database, write-only everywhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(
            cls.env, "secrets_admin", "base.group_system,base.group_allow_export,fusion_iot.group_iot_manager"
        )
        cls.connection = cls.connection.with_user(cls.admin)
        cls.key = key_pem(make_key())
        cls.connection.write({"username": "reader", "password": WORD, "client_key": cls.key})

    def test_the_column_holds_no_secret(self):
        made = self.Connection.create([{"name": name, "host": name, "password": WORD} for name in "ab"])
        self.connection.password = "another"
        for record, name, text in (
            (self.connection, "password", "another"),
            (self.connection, "client_key", self.key),
            (made[0], "password", WORD),
            (made[1], "password", WORD),
        ):
            stored = self.stored(record, name)
            self.assertTrue(is_sealed(stored))
            self.assertNotIn(text, stored)
            record.invalidate_recordset()
            self.assertEqual(self.in_clear(record, name), text)
        self.assertNotEqual(*(self.stored(record, "password") for record in made))
        self.assertIsNone(self.stored(made[0], "client_key"))
        self.assertEqual(self.in_clear(made[0], "client_key"), "")

    def test_nobody_reads_it(self):
        def everywhere(connection):
            connections = connection.browse()
            yield connection.password
            yield connection.read()
            yield connection.web_read({"password": {}, "client_key": {}})
            yield connections.search_read([], ["password", "client_key"])
            yield connection.export_data(["password", "client_key"])
            yield connections.search([], order="password").read(["password"])
            yield connections.formatted_read_group([], ["password"], ["client_key:array_agg"])
            yield connections._read_group([], ["password"], ["client_key:array_agg", "password:max"])
            yield connection.copy_data()
            yield connection.onchange({"username": "x"}, ["username"], {"username": {}, "password": {}})

        for fetched in (False, True):
            for connection in (self.connection, self.connection.sudo()):
                if fetched:
                    self.env.flush_all()
                    self.env.invalidate_all()
                shown = "".join(map(str, everywhere(connection)))
                self.assertIn(MASK, shown)
                for hidden in (WORD, "PRIVATE KEY", "sealed:"):
                    self.assertNotIn(hidden, shown)

    def test_a_search_tells_only_whether_there_is_one(self):
        without = self.Connection.create({"name": "Open", "host": "open.test"})
        for domain, found in (
            ([("password", "!=", False)], self.connection),
            ([("password", "=", False)], without),
            ([("password", "like", WORD[:3])], self.Connection),
            ([("password", "=", WORD)], self.Connection),
            ([("password", "like", "sealed")], self.Connection),
            ([("client_key", ">", "-----")], self.connection),
        ):
            with self.subTest(domain=domain):
                among = [("id", "in", (self.connection + without).ids), *domain]
                self.assertEqual(self.Connection.search(among), found.with_env(self.env))

    def test_what_was_read_can_be_saved(self):
        before = self.stored(self.connection, "password")
        self.connection.write(self.connection.read(["password", "client_key"])[0] | {"note": "Seen"})
        self.assertEqual(self.stored(self.connection, "password"), before)
        for wrong in (MASK + "x", "x" + MASK):
            with self.assertRaisesRegex(UserError, "Delete them"):
                self.connection.password = wrong
        with self.assertRaisesRegex(UserError, "the text itself"):
            self.Connection.create({"name": "x", "host": "x", "password": MASK})
        self.connection.password = False
        self.assertIsNone(self.stored(self.connection, "password"))
        self.connection.password = ""
        self.assertIsNone(self.stored(self.connection, "password"))

    def test_it_has_no_default(self):
        with self.assertRaisesRegex(ValidationError, "secret"):
            self.env["ir.default"].set("mqtt.connection", "password", WORD)
        self.env["ir.default"].set("mqtt.connection", "username", "reader")

    def test_a_form(self):
        with Form(self.connection) as form:
            self.assertEqual(form.password, MASK)
            form.note = "Seen"
        self.assertEqual(self.in_clear(self.connection, "password"), WORD)
        with Form(self.connection) as form:
            form.password = "typed"
            form.port = 1884
            self.assertEqual(form.password, "typed")
        self.assertEqual(self.in_clear(self.connection, "password"), "typed")

    def test_a_sealed_text_opens_at_its_own_place_only(self):
        other = self.Connection.create({"name": "Thief", "host": "thief.test"})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mqtt_connection SET password = source.password FROM mqtt_connection source"
            " WHERE source.id = %s AND mqtt_connection.id = %s",
            [self.connection.id, other.id],
        )
        self.env.cr.execute(
            "UPDATE mqtt_connection SET client_key = password WHERE id = %s", [self.connection.id]
        )
        self.env.invalidate_all()
        self.assertIsNone(self.in_clear(other, "password"))
        self.assertIsNone(self.in_clear(self.connection, "client_key"))
        self.assertEqual(self.in_clear(self.connection, "password"), WORD)

    def test_no_error_and_no_line_of_the_log_tells_it(self):
        self.env.flush_all()
        with (
            self.assertLogs(level="DEBUG") as log,
            self.assertRaises(IntegrityError) as error,
            self.env.cr.savepoint(),
        ):
            self.connection.write({"password": "in-the-log", "name": False})
            self.env.flush_all()
        told = "\n".join([*log.output, str(error.exception), str(error.exception.diag.message_detail)])
        self.assertIn("mqtt_connection", told)
        self.assertNotIn("in-the-log", told)
        spec = repr(self.connection._spec())
        self.assertNotIn(WORD, spec)
        self.assertNotIn("PRIVATE", spec)

    def test_warnings_of_many_open_their_secrets_at_once(self):
        made = self.Connection.create(
            [
                {"name": str(number), "host": f"h{number}", "tls": True, "password": WORD}
                for number in range(5)
            ]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        model = type(made)
        with patch.object(model, "_read_sealed", autospec=True, side_effect=model._read_sealed) as read:
            made.mapped("warning")
        self.assertEqual(read.call_count, 1)

    def test_many_are_read_at_once(self):
        made = self.Connection.create(
            [{"name": str(number), "host": f"h{number}", "password": str(number)} for number in range(20)]
        )
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            opened = made._open_secrets("password")
        self.assertEqual([opened[record.id]["password"] for record in made], made.mapped("name"))

    def test_a_lost_key_is_told_on_the_connection(self):
        self.env.flush_all()
        with self.another_data_directory():
            self.env.invalidate_all()
            self.assertEqual(self.connection.password, MASK)
            self.assertRegex(self.connection.warning, "Client key, Password: stored, but cannot be read")
            spec = self.connection._spec()
            self.assertEqual((spec.password, spec.client_key), ("", ""))
            with self.assertRaises(BadSettings) as refused:
                Link(spec, self.fail).open()
            trouble = describe(refused.exception, spec)
            self.assertTrue(trouble.lasting)
            self.assertIn("cannot be read with the present key", trouble.message)
            self.assertIn("present key", probe.test_connection(spec, ()).message)
            # the rest can be changed meanwhile, and both entered again
            self.connection.write({"keepalive": 30, "ca_certificate": certificate_pem(make_key())})
            self.connection.write({"password": "again", "client_key": False})
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(self.in_clear(self.connection, "password"), "again")
            self.assertNotIn("present key", self.connection.warning)
            self.assertFalse(self.connection._spec().unreadable)

    def test_a_key_that_is_none(self):
        self.env.flush_all()
        with patch.dict(os.environ, {KEY: "nonsense"}):
            self.env.invalidate_all()
            self.assertIn("FUSION_IOT_KEY holds something that is no key", self.connection.warning)
            self.assertIn("FUSION_IOT_KEY", self.connection._spec().unreadable)
            with self.assertRaisesRegex(UserError, "was not stored: FUSION_IOT_KEY"), self.env.cr.savepoint():
                self.connection.password = "new"
                self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.connection._spec().password, WORD)

    def test_a_new_key_seals_everything_anew(self):
        self.env.flush_all()
        stored = self.stored(self.connection, "password")
        with self.another_data_directory():
            count, unreadable = self.env["fusion.secret"]._rotate_key()
            self.assertEqual(count, 0)
            self.assertIn(("mqtt.connection", str(self.connection.id), "password"), unreadable)
            self.assertEqual(self.stored(self.connection, "password"), stored)
            self.connection.write({"password": WORD, "client_key": self.key})
            first = self.stored(self.connection, "password")
            count, _unreadable = self.env["fusion.secret"]._rotate_key()
            self.assertEqual(count, 2)
            second = self.stored(self.connection, "password")
            self.assertNotEqual(first.split(":")[2], second.split(":")[2])
            self.assertEqual(self.in_clear(self.connection, "password"), WORD)
            self.assertEqual(self.in_clear(self.connection, "client_key"), self.key)
            # what another process has sealed meanwhile with the former key is not lost
            self.env.cr.execute(
                "UPDATE mqtt_connection SET password = %s WHERE id = %s", [first, self.connection.id]
            )
            self.assertEqual(self.in_clear(self.connection, "password"), WORD)

    def test_a_copy_for_trials_has_none(self):
        self.env.flush_all()
        path = Path(__file__).parents[1] / "data" / "neutralize.sql"
        self.env.cr.execute(path.read_text("utf-8"))
        for name in ("password", "client_key"):
            self.assertIsNone(self.stored(self.connection, name))

    def test_defaults_of_an_older_version_are_deleted(self):
        Default = self.env["ir.default"].sudo()
        for name in ("password", "client_key", "client_id"):
            Default.set("mqtt.connection", "client_id", f"clear {name}")
            default = Default.search([("json_value", "=", f'"clear {name}"')])
            field = self.env["ir.model.fields"]._get("mqtt.connection", name)
            self.env.cr.execute("UPDATE ir_default SET field_id = %s WHERE id = %s", [field.id, default.id])
        self.env.invalidate_all()
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.5.0" / "post-defaults.py"
        runpy.run_path(str(path))["migrate"](self.env.cr, "19.0.1.4.0")
        left = Default.search([("field_id.model", "=", "mqtt.connection")])
        self.assertEqual(left.mapped("json_value"), ['"clear client_id"'])

    def test_what_an_older_version_left_in_clear_is_sealed(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mqtt_connection SET password = %s, client_key = %s WHERE id = %s",
            ["clear % word", self.key, self.connection.id],
        )
        self.env.invalidate_all()
        path = Path(__file__).parents[1] / "migrations" / "19.0.1.3.0" / "post-secrets.py"
        migrate = runpy.run_path(str(path))["migrate"]
        for _time in range(2):
            migrate(self.env.cr, "19.0.1.2.0")
            self.assertTrue(is_sealed(self.stored(self.connection, "password")))
            self.env.invalidate_all()
            self.assertEqual(self.connection._spec().password, "clear % word")
            self.assertEqual(self.connection._spec().client_key, self.key)


class TestBoxSecrets(SecretCase, BoxCase, MqttCase):
    """What a box proves itself with, and where it listens."""

    def test_a_copy_for_trials_takes_no_box(self):
        self.env["iot.box.token"]._issue(60)
        self.env.flush_all()
        path = Path(__file__).parents[1] / "data" / "neutralize.sql"
        self.env.cr.execute(path.read_text("utf-8"))
        self.env.cr.execute("SELECT count(*) FROM iot_box_token")
        self.assertEqual(self.env.cr.fetchone(), (0,))

    def test_the_columns_hold_no_secret(self):
        box, token = self.pair()
        self.env.flush_all()
        self.env.invalidate_all()
        for name in ("token_hash", "channel"):
            self.assertTrue(is_sealed(self.stored(box, name)))
            self.assertEqual(box[name], MASK)
        channel = self.report(token=token)
        self.assertTrue(channel.startswith("iot_box:"))
        self.assertEqual(self.env["iot.box"]._of_channel(channel), box)
        for wrong in ("", MASK, self.stored(box, "channel")):
            self.assertFalse(self.env["iot.box"]._of_channel(f"iot_box:{box.id}:{wrong}"))
        self.assertIsNone(self.report(token=MASK))

    def test_a_lost_key_is_told_on_the_box(self):
        box, token = self.pair()
        channel = self.report(token=token)
        self.env.flush_all()
        with self.another_data_directory():
            self.env.invalidate_all()
            self.assertIn("present key", box.secret_trouble)
            for given in (token, "", MASK):
                self.assertIsNone(self.report(token=given))
            self.assertFalse(self.env["iot.box"]._of_channel(channel))
            box._tell("server_clear", {})
            again, fresh = self.pair()
            self.assertEqual(again, box)
            self.assertFalse(box.secret_trouble)
            self.assertTrue(self.report(token=fresh))
