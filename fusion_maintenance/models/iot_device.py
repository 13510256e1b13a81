from odoo import api, fields, models
from odoo.exceptions import ValidationError


class IotDevice(models.Model):
    _inherit = "iot.device"

    # No check_company: a device of no company, which belongs to all, may hang on the equipment of one.
    equipment_id = fields.Many2one(
        "maintenance.equipment",
        domain="[('company_id', 'in', (company_id, False))] if company_id else []",
        index="btree_not_null",
        tracking=True,
        ondelete="set null",
        help="What the device is part of, or measures.",
    )

    @api.constrains("company_id", "equipment_id")
    def _check_equipment_company(self):
        for device in self.sudo():
            companies = device.company_id | device.equipment_id.company_id
            if len(companies) > 1:
                raise ValidationError(
                    self.env._(
                        "%(device)s is of %(company)s, and %(equipment)s of %(other)s: a device belongs to equipment "
                        "of its own company.",
                        device=device.name,
                        company=device.company_id.name,
                        equipment=device.equipment_id.display_name,
                        other=device.equipment_id.company_id.name,
                    )
                )

    def _other_companies(self, company):
        return super()._other_companies(company) | (self.equipment_id.company_id - company)

    def _alert_responsibles(self):
        """Who looks after the equipment of a device."""
        named = super()._alert_responsibles()
        for device in self.sudo():
            technician = device.equipment_id._technician()
            if technician:
                named[device.id] = technician.id
        return named
