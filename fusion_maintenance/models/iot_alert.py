from odoo import fields, models
from odoo.exceptions import UserError

PRIORITIES = {"info": "1", "warning": "2", "critical": "3"}


class IotAlert(models.Model):
    """An alert of a device is one of its equipment, and leads to the requests that were made for it."""

    _inherit = "iot.alert"

    equipment_id = fields.Many2one(
        "maintenance.equipment",
        compute="_compute_equipment_id",
        compute_sudo=True,
        help="What its source belongs to.",
    )
    request_ids = fields.One2many("maintenance.request", "alert_id", string="Requests", readonly=True)
    request_count = fields.Integer(string="Number of requests", compute="_compute_request_count")

    def _compute_equipment_id(self):
        by_source = self._equipment_by_source({(alert.res_model, alert.res_id) for alert in self})
        for alert in self:
            alert.equipment_id = by_source.get((alert.res_model, alert.res_id))

    def _equipment_by_source(self, sources):
        """The equipment that sources of alerts belong to. Extend for what else belongs to equipment.

        :param sources: set of ``(model, id)``
        :return: records by source; sources that belong to none are missing
        """
        found = {}
        equipment, devices = (
            self.env["maintenance.equipment"],
            self.env["iot.device"].with_context(active_test=False),
        )
        for record in equipment.browse(_ids(sources, equipment)).exists():
            found[record._name, record.id] = record
        for device in devices.browse(_ids(sources, devices)).exists():
            if device.equipment_id:
                found[device._name, device.id] = device.equipment_id
        return found

    def _compute_request_count(self):
        counts = dict(
            self.env["maintenance.request"]._read_group(
                [("alert_id", "in", self.ids)], ["alert_id"], ["__count"]
            )
        )
        for alert in self:
            alert.request_count = counts.get(alert._origin, 0)

    def action_open_requests(self):
        """Open the requests that were made for it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Maintenance Requests"),
            "res_model": "maintenance.request",
            "view_mode": "list,form",
            "domain": [("alert_id", "=", self.id)],
            "context": {},
        }

    def action_request_maintenance(self):
        """Open a new request for the equipment, filled in; it is made when it is saved."""
        self.ensure_one()
        if not self.equipment_id:
            raise UserError(self._no_equipment())
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Maintenance Request"),
            "res_model": "maintenance.request",
            "view_mode": "form",
            "context": {f"default_{name}": value for name, value in self._request_values().items()},
        }

    def _no_equipment(self):
        return self.env._(
            "%s belongs to no equipment: choose it in the form of the device.", self.source_name
        )

    def _request_values(self):
        """What a request for this alert says."""
        equipment = self.equipment_id
        return {
            "name": self.display_name,
            "alert_id": self.id,
            "equipment_id": equipment.id,
            "company_id": (equipment.company_id or self.company_id or self.env.company).id,
            "maintenance_type": "corrective",
            "priority": PRIORITIES[self.severity],
        }


def _ids(sources, records):
    return [res_id for model, res_id in sources if model == records._name]
