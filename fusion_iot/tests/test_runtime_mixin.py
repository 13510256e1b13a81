from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.orm.model_classes import add_to_registry
from odoo.tests import TransactionCase, tagged

from ..models.iot_runtime_worker_home import HOME

REFUSED = "no"


def make_model(registry, cr):
    """A model that takes all from the mixin: what an addon with pollers would bring."""

    class Oven(models.Model):
        _module = None
        _name = "test.oven"
        _description = "Oven"
        _inherit = ["iot.runtime.mixin"]

        _runtime_kind = "oven"

        host = fields.Char()
        secret = fields.Char()

        def _clean(self, vals):
            host = vals.get("host")
            return {**super()._clean(vals), **({"host": host.strip()} if host else {})}

        def _check_secrets(self, vals):
            if "host" in vals and self.env.context.get("stranger") and any(self.mapped("secret")):
                raise AccessError(REFUSED)

        def _spec(self):
            return self.name, self.host, self.secret

        def _tried_fields(self):
            return {"name", "host", "secret"}

        def _complete_tried(self):
            if not self.host:
                raise ValidationError(REFUSED)

        def _try(self):
            return {"ok": True, "milliseconds": 3, "message": f"{self.host} with {self.secret}"}

    add_to_registry(registry, Oven)
    registry._setup_models__(cr, [])
    registry.init_models(cr, ["test.oven"], {"module": "fusion_iot"})


@tagged("post_install", "-at_install")
class TestRuntimeMixin(TransactionCase):
    """Any model can have workers."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Whatever happens here, the registry is set up anew at the end of the class (`Registry.reset_changes`).
        cls.addClassCleanup(cls.registry.__delitem__, "test.oven")
        make_model(cls.registry, cls.cr)
        cls.env["mqtt.connection"].search([]).enabled = False
        cls.env["ir.config_parameter"].sudo().set_param(HOME, False)
        cls.Oven = cls.env["test.oven"]
        cls.oven = cls.Oven.create({"name": "Oven 1", "host": " oven.test "})

    def row(self):
        rows = self.env["iot.runtime.worker"].search([("kind", "=", "oven")])
        rows.invalidate_recordset()
        return rows

    def test_started_and_stopped(self):
        self.assertEqual(
            (self.oven.enabled, self.oven.state, self.oven.host), (False, "stopped", "oven.test")
        )
        self.assertFalse(self.row())
        self.oven.action_start()
        row = self.row()
        self.assertEqual((row.res_model, row.res_id, row.state), ("test.oven", self.oven.id, "waiting"))
        self.assertEqual((self.oven.state, self.oven.worker_id), ("waiting", row))
        self.assertEqual(self.Oven.search([("state", "=", "waiting")]), self.oven)
        self.assertEqual(
            self.Oven._runtime_wanted(), {self.oven.id: (row.id, ("Oven 1", "oven.test", False))}
        )
        self.oven.action_stop()
        self.assertEqual((self.oven.state, self.row().state), ("stopped", "stopped"))
        self.assertEqual(self.Oven._runtime_wanted(), {})

    def test_it_shows_how_its_worker_is(self):
        self.oven.action_start()
        self.env.cr.execute(
            "UPDATE iot_runtime_worker SET state = 'retrying', beat_at = %s, owner = 'here:1', last_error = 'Too hot',"
            " rate = 2.5 WHERE kind = 'oven'",
            [fields.Datetime.now()],
        )
        self.env.invalidate_all()
        oven = self.oven
        self.assertEqual(
            (oven.state, oven.owner, oven.last_error, oven.rate), ("retrying", "here:1", "Too hot", 2.5)
        )

    def test_it_is_found_by_its_worker(self):
        other = self.Oven.create({"name": "Oven 2"})
        self.oven.action_start()
        row = self.row()
        row.sudo().owner = "here:1"
        for domain, found in (
            ([("worker_id", "=", row.id)], self.oven),
            ([("worker_id", "=", False)], other),
            ([("owner", "=", "here:1")], self.oven),
            ([("owner", "=", "there:1")], self.Oven),
        ):
            with self.subTest(domain=domain):
                self.assertEqual(self.Oven.search(domain), found)
        self.assertEqual(self.oven.owner, "here:1")

    def test_nobody_runs_it(self):
        self.oven.action_start()
        self.env.cr.execute("UPDATE iot_runtime_worker SET listed_at = '2020-01-01' WHERE kind = 'oven'")
        self.env.invalidate_all()
        health = self.env["iot.runtime.worker"].health()
        self.assertFalse(health["alive"])
        self.assertRegex(health["reason"], r"^Not running on any server: .*Oven 1")
        self.assertEqual(self.oven.state, "waiting")

    def test_archived_ones_are_not_started(self):
        self.oven.action_start()
        self.oven.active = False
        self.assertEqual((self.oven.state, self.row().state), ("stopped", "stopped"))
        with self.assertRaisesRegex(UserError, "Oven 1 is archived"):
            self.oven.action_start()

    def test_a_running_one_is_not_deleted(self):
        self.oven.action_start()
        with self.assertRaisesRegex(UserError, "Oven 1 is running"):
            self.oven.unlink()
        copied = self.oven.copy()
        self.assertEqual((copied.name, copied.enabled), ("Oven 1 (copy)", False))
        self.oven.action_stop()
        self.oven.unlink()
        self.Oven._runtime_wanted()
        self.assertFalse(self.row())

    def test_a_copy_of_the_database_runs_none(self):
        self.oven.action_start()
        self.Oven._runtime_wanted()
        self.env["ir.config_parameter"].sudo().set_param(HOME, "1234567890/1")
        self.assertEqual(self.Oven._runtime_wanted(), {})
        self.env.invalidate_all()
        self.assertTrue(self.oven.is_copy)
        self.assertTrue(self.env["iot.runtime.worker"].health()["copied"])
        self.oven.action_declare_original()
        self.assertIn(self.oven.id, self.Oven._runtime_wanted())
        self.assertIn("the real database", self.oven.message_ids[:1].body)

    def test_what_is_on_the_screen_is_tried_and_not_kept(self):
        self.oven.secret = "stored"
        result = self.oven.try_settings({"host": " other.test ", "active": False})
        self.assertEqual(result["message"], "other.test with stored")
        self.assertEqual((self.oven.host, self.oven.active), ("oven.test", True))
        self.assertEqual(
            self.Oven.try_settings({"name": "New", "host": "new.test"})["message"], "new.test with False"
        )
        with self.assertRaises(ValidationError):
            self.Oven.try_settings({"host": ""})
        stranger = self.oven.with_context(stranger=True)
        for act in (stranger.try_settings, stranger.write):
            with self.assertRaises(AccessError):
                act({"host": "thief.test"})

    def test_its_views_are_those_of_the_mixin_and_its_own(self):
        places = {
            "form": "<group name='state' position='before'><field name='host'/></group>",
            "list": "<field name='name' position='after'><field name='host'/></field>",
        }
        for kind, place in places.items():
            view = self.env["ir.ui.view"].create(
                {
                    "name": f"test.oven.{kind}",
                    "model": "test.oven",
                    "mode": "primary",
                    "inherit_id": self.env.ref(f"fusion_iot.iot_runtime_mixin_view_{kind}").id,
                    "arch": f"<data>{place}</data>",
                }
            )
            arch = self.Oven.get_view(view.id, kind)["arch"]
            for name in ("host", "state", "connected_since", "rate", "owner"):
                with self.subTest(kind=kind, name=name):
                    self.assertIn(f'name="{name}"', arch)
