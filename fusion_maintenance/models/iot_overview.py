from odoo import api, models
from odoo.fields import Domain

EQUIPMENT = "fusion_maintenance.iot_equipment_action"
REQUESTS = "maintenance.hr_equipment_request_action"


class IotOverview(models.AbstractModel):
    _inherit = "iot.overview"

    @api.model
    def _sections(self):
        sections = super()._sections()
        if self._may_read("iot.device", "maintenance.equipment", "maintenance.request"):
            sections += self._equipment_section()
        return sections

    def _equipment_section(self):
        """Equipment that devices belong to."""
        equipment, requests = self.env["maintenance.equipment"], self.env["maintenance.request"]
        linked = Domain("iot_device_ids", "!=", False)
        total = equipment.search_count(linked)
        if not total:
            return []
        offline = Domain("iot_device_ids.presence", "=", "offline")
        asked = Domain(requests._open()) & Domain("equipment_id", "any", linked)
        tiles = [
            self._tile("equipment", self.env._("All"), total, action=EQUIPMENT, domain=linked),
            self._tile(
                "equipment_offline",
                self.env._("Offline"),
                equipment.search_count(offline),
                action=EQUIPMENT,
                domain=offline,
                level="danger",
            ),
            self._tile(
                "equipment_requests",
                self.env._("Open requests"),
                requests.search_count(asked),
                action=REQUESTS,
                domain=asked,
            ),
        ]
        return [self._section("equipment", self.env._("Equipment"), tiles, sequence=35)]
