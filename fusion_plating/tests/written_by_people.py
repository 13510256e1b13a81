"""What people write of tanks, baths and limits."""

from odoo.addons.fusion_base.tests.people import Written

QUALITY = "fusion_plating.group_plating_quality"
MANAGER = "fusion_plating.group_plating_manager"

WRITTEN = {
    "fusion.plating.line": Written(MANAGER, "name code sequence company_id active"),
    "fusion.plating.tank": Written(
        MANAGER,
        "name code sequence line_id company_id process volume liner heated agitation responsible_id note active",
    ),
    "fusion.plating.bath": Written(QUALITY, "tank_id chemistry state date_start date_end note", once="name"),
    "fusion.plating.bath.parameter": Written(
        QUALITY,
        "name sequence bath_id company_id quantity unit setpoint target_min target_max action_min action_max active",
    ),
}


def tank(env):
    """A new tank."""
    return env["fusion.plating.tank"].create({"name": "Walked"})


def bath(env):
    """A new bath in use."""
    return env["fusion.plating.bath"].create({"tank_id": tank(env).id})


VALUES = {
    "fusion.plating.line": lambda env: {"name": "Walked"},
    "fusion.plating.tank": lambda env: {"name": "Walked"},
    "fusion.plating.bath": lambda env: {"tank_id": tank(env).id},
    "fusion.plating.bath.parameter": lambda env: {
        "bath_id": bath(env).id,
        "quantity": "temperature",
        "target_min": 60.0,
        "target_max": 82.0,
    },
}
