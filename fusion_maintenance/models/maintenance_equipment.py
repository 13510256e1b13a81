from odoo import api, fields, models
from odoo.addons.fusion_iot.models.iot_device import PRESENCES
from odoo.exceptions import ValidationError


class MaintenanceEquipment(models.Model):
    """Equipment that devices belong to: whether they report, and what is the matter."""

    _name = "maintenance.equipment"
    _inherit = ["maintenance.equipment", "iot.alert.source.mixin"]

    iot_device_ids = fields.One2many(
        "iot.device",
        "equipment_id",
        string="IoT devices",
        groups="fusion_iot.group_iot_user",
        help="What it is measured and switched by.",
    )
    iot_device_count = fields.Integer(
        string="Number of IoT devices", compute="_compute_iot", groups="fusion_iot.group_iot_user"
    )
    iot_presence = fields.Selection(
        PRESENCES,
        compute="_compute_iot",
        groups="fusion_iot.group_iot_user",
        help="Offline: one of its devices at least is. Online: those that were ever heard report. "
        "Never heard: nothing has come from any of them so far.",
    )
    iot_last_seen = fields.Datetime(
        string="Last heard",
        compute="_compute_iot",
        groups="fusion_iot.group_iot_user",
        help="When the last message of one of its devices was received.",
    )

    @api.depends("iot_device_ids.presence", "iot_device_ids.last_seen", "iot_device_ids.active")
    def _compute_iot(self):
        for equipment in self:
            devices = equipment.iot_device_ids.filtered("active")
            presences = set(devices.mapped("presence"))
            equipment.iot_device_count = len(devices)
            equipment.iot_presence = next(
                (presence for presence in ("offline", "online", "unknown") if presence in presences), False
            )
            equipment.iot_last_seen = max(filter(None, devices.mapped("last_seen")), default=False)

    @api.constrains("company_id")
    def _check_device_companies(self):
        for equipment in self.sudo().filtered("company_id"):
            device = equipment.with_context(active_test=False).iot_device_ids.filtered(
                lambda device, company=equipment.company_id: (
                    device.company_id and device.company_id != company
                )
            )
            if device:
                raise ValidationError(
                    self.env._(
                        "%(equipment)s cannot be of %(company)s: its device %(device)s is of %(other)s.",
                        equipment=equipment.display_name,
                        company=equipment.company_id.name,
                        device=device[:1].name,
                        other=device[:1].company_id.name,
                    )
                )

    def _alert_sources(self):
        """What is the matter with its devices is the matter with the equipment."""
        sources = super()._alert_sources()
        for device in self.env["iot.device"].search([("equipment_id", "in", self.ids)]):
            sources[device.equipment_id.id].add((device._name, device.id))
        return sources

    def _technician(self):
        """Who looks after it."""
        return self.technician_user_id or self.category_id.technician_user_id

    def action_open_iot_devices(self):
        """Open the devices that belong to it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.iot_device_action")
        return {
            **action,
            "domain": [("equipment_id", "=", self.id)],
            "context": {"default_equipment_id": self.id},
        }
