"""What people write of quality holds: what they raise by hand, and what they note on it. Decisions have a dialog."""

from odoo.addons.fusion_base.tests.people import Written
from odoo.addons.fusion_plating.tests.written_by_people import QUALITY, tank

WRITTEN = {
    "fusion.plating.quality.hold": Written(
        QUALITY,
        "severity responsible_id description",
        once="tank_id bath_id parameter_id quantity unit value limit_min limit_max date_start date_back_in_spec",
    ),
}
VALUES = {
    "fusion.plating.quality.hold": lambda env: {
        "tank_id": tank(env).id,
        "value": 95.0,
        "description": "Oil on the bath",
    }
}
