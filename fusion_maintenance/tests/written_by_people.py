"""What people write of a device, besides."""

from odoo.addons.fusion_base.tests.people import Written

VALUES = {}
WRITTEN = {"iot.device": Written("fusion_iot.group_iot_manager", "equipment_id")}
