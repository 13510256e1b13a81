from odoo.tests import HttpCase, JsonRpcException, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestRpc(HttpCase):
    """What is refused inside is refused over the wire as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for role in ("operator", "quality", "manager"):
            new_test_user(
                cls.env,
                login=f"fp_rpc_{role}",
                password=f"fp_rpc_{role}",
                groups=f"fusion_plating.group_plating_{role}",
            )
        tank = cls.env["fusion.plating.tank"].create({"name": "Over the wire"})
        cls.hold = cls.env["fusion.plating.quality.hold"]._raise_hold({"tank_id": tank.id, "value": 95.0})
        cls.hold = cls.hold.with_env(cls.env)

    def call(self, role, model, method, *args, **kwargs):
        self.authenticate(f"fp_rpc_{role}", f"fp_rpc_{role}")
        params = {"model": model, "method": method, "args": list(args), "kwargs": kwargs}
        return self.make_jsonrpc_request("/web/dataset/call_kw", params, timeout=60)

    def on_hold(self, role, method, *args, **kwargs):
        return self.call(role, self.hold._name, method, self.hold.ids, *args, **kwargs)

    def refused(self, role, method, *args, **kwargs):
        with (
            self.subTest(role=role, method=method, args=args),
            self.assertRaises(JsonRpcException),
            mute_logger("odoo.http", "odoo.addons.base.models.ir_model"),
        ):
            self.on_hold(role, method, *args, **kwargs)
        self.hold.invalidate_recordset()
        self.assertEqual(self.hold.state, "open")

    def test_refused(self):
        for role in ("operator", "quality", "manager"):
            self.refused(role, "write", {"state": "released"})
            self.refused(role, "write", {"state": "released"}, context={"_decide": True, "force": True})
            self.refused(role, "web_save", {"state": "released", "decision_reason": "x"}, specification={})
            self.refused(role, "_decide", "released", "use_as_is", "because")
            self.refused(role, "_set_state", {"state": "released"})
            self.refused(role, "_write", {"state": "released"})
            self.refused(role, "unlink")
        self.refused("operator", "action_release")

    def test_operator_has_no_wizard(self):
        with (
            self.assertRaises(JsonRpcException),
            mute_logger("odoo.http", "odoo.addons.base.models.ir_model"),
        ):
            self.call("operator", "fusion.plating.hold.decision", "create", [self.wizard_values()])

    def wizard_values(self):
        return {
            "hold_ids": [[6, 0, self.hold.ids]],
            "decision": "released",
            "disposition": "use_as_is",
            "reason": "Checked",
        }

    def test_quality_decides_with_the_wizard(self):
        created = self.call("quality", "fusion.plating.hold.decision", "create", [self.wizard_values()])
        self.call("quality", "fusion.plating.hold.decision", "action_confirm", created)
        self.hold.invalidate_recordset()
        self.assertEqual(self.hold.state, "released")
        self.assertEqual(self.hold.decided_by_id.login, "fp_rpc_quality")
