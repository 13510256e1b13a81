"""What people write of tank sensors. Of a reading they enter what was read, and no more."""

from odoo.addons.fusion_base.tests.people import NOBODY, Written, fresh
from odoo.addons.fusion_plating.tests.written_by_people import MANAGER, QUALITY, tank

OPERATOR = "fusion_plating.group_plating_operator"

WRITTEN = {
    "fp.tank.sensor": Written(
        QUALITY,
        "name tank_id bath_id parameter_id alert_min_override alert_max_override deadband delay expected_interval"
        " max_jump still_after note active calibration_due"
        " device_serial device_kind iot_device_id device_channel device_unit",
        create=MANAGER,
    ),
    "fusion.plating.quality.hold": Written(QUALITY, "cause_id remedy_id"),
    "fp.tank.reading": Written(NOBODY, "", once="sensor_id value read_at", create=OPERATOR),
}


def sensor_values(env):
    """What a sensor is made of."""
    return {"name": "Walked", "tank_id": tank(env).id, "device_serial": fresh()}


VALUES = {
    "fp.tank.sensor": sensor_values,
    "fp.tank.reading": lambda env: {
        "sensor_id": env["fp.tank.sensor"].create(sensor_values(env)).id,
        "value": 70.0,
    },
}
