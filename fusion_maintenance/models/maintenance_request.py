from odoo import api, models
from odoo.addons.fusion_base.growing import GrowingReference


class MaintenanceRequest(models.Model):
    _inherit = "maintenance.request"

    alert_id = GrowingReference(
        "iot.alert",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="fusion_iot.group_iot_user",
        help="The alert that this request was made for.",
    )

    @api.model
    def _open(self):
        """Requests that are neither done nor cancelled, as a domain."""
        return [("stage_id.done", "=", False), ("archive", "=", False)]
