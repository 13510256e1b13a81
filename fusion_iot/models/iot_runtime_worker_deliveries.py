from odoo import api, models

from ..runtime.notify.kind import NAME
from .iot_alert_delivery import MANAGER


class IotRuntimeWorker(models.Model):
    """What alerts could not tell is a trouble like any other, and shown where those are."""

    _inherit = "iot.runtime.worker"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _health(self):
        health = super()._health()
        if not self.env.user.has_group(MANAGER):
            return health
        deliveries = self.env["iot.alert.delivery"]
        return {**health, "undelivered": deliveries.search_count(deliveries._failed_domain())}

    @api.model
    def _missed(self, now):
        """That of the messages is not missed: a scheduled action does its work where no server does."""
        return super()._missed(now).filtered(lambda worker: worker.kind != NAME)

    @api.model
    def _nudge_health(self):
        """Have open screens ask how the runtime is."""
        self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ["runtime"], {})
