from odoo.addons.fusion_plating.tests.common import PlatingCommon


class HoldCommon(PlatingCommon):
    """Holds of the tank of ``PlatingCommon``, raised as a reading would raise them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.Hold = cls.env["fusion.plating.quality.hold"]

    @classmethod
    def raise_hold(cls, value=95.0, **vals):
        return cls.Hold._raise_hold({"parameter_id": cls.parameter.id, "value": value, **vals}).with_env(
            cls.env
        )

    def wizard(self, holds, user=None, **vals):
        vals = {"decision": "released", "disposition": "use_as_is", "reason": "Checked by titration", **vals}
        wizard = self.env["fusion.plating.hold.decision"].with_user(user or self.quality)
        return wizard.create({"hold_ids": [(6, 0, holds.ids)], **vals})

    def release(self, holds, user=None, **vals):
        return self.wizard(holds, user, **vals).action_confirm()
