from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import aside


class IotDevice(models.Model):
    """Machines that the session engine goes on without."""

    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    session_fault = fields.Char(
        string="Fault of the sessions",
        compute="_compute_session_fault",
        search="_search_session_fault",
        help="Why the machine is set aside. It records no sessions until somebody puts it back.",
    )
    session_fault_at = fields.Datetime(string="Set aside", compute="_compute_session_fault")

    def _compute_session_fault(self):
        rows = (
            self.env["iot.session.state"]
            .sudo()
            .search_fetch([("device_id", "in", self._origin.ids), ("fault", "!=", False)])
        )
        by_device = {row.device_id.id: row for row in rows}
        with_sessions = self._with_sessions()
        for device in self:
            row = device in with_sessions and by_device.get(device._origin.id)
            device.session_fault = row and row.fault
            device.session_fault_at = row and row.fault_at

    def _search_session_fault(self, operator, value):
        if operator != "in" or set(value) != {False}:
            return NotImplemented
        faulty = self.env["iot.session.state"].sudo().search_fetch([("fault", "!=", False)], ["device_id"])
        return [("id", "not in", faulty.device_id.ids)]

    def action_put_back(self):
        """Have machines that are set aside make sessions again, from now on."""
        self.check_access("write")
        faulty = self.filtered("session_fault")
        if not faulty:
            raise UserError(self.env._("No machine among these is set aside."))
        faulty._enlist()
        self.invalidate_recordset(["session_fault", "session_fault_at"])
        for device in faulty:
            device.message_post(body=self.env._("Put back: it records sessions again."))
        return True


class IotRuntimeWorker(models.Model):
    _inherit = "iot.runtime.worker"

    @api.model
    def _list_machines_aside(self):
        """Have the list show the machines that are set aside, and no others."""
        aside.list_in_runtime(self.env.cr)

    def _silent_since(self, now):
        """No server has to do anything about a machine that is set aside."""
        return None if self.kind == aside.KIND else super()._silent_since(now)

    @api.model
    def _silent_domain(self, now):
        return super()._silent_domain(now) & Domain("kind", "!=", aside.KIND)
