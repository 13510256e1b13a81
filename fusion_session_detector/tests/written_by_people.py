"""What people write of machines. Sessions are written by nobody: they are entered and corrected in dialogs."""

from odoo.addons.fusion_base.tests.people import NOBODY, Written, fresh
from odoo.addons.fusion_iot.tests.written_by_people import MANAGER

WRITTEN = {
    "iot.device": Written(
        MANAGER,
        "session_strategy session_channel standby_threshold_w working_threshold_w start_threshold_w stop_threshold_w"
        " working_stop_threshold_w start_debounce_s stop_debounce_s message_timeout_s start_energy_wh min_off_gap_s"
        " resume_debounce_s resume_energy_wh false_zero_s heartbeat_interval_s"
        " rate_working_h rate_standby_h rate_kwh minimum_amount billing_rounding_min",
    ),
    "mqtt.session": Written(NOBODY, ""),
}
VALUES = {
    "mqtt.session": lambda env: {
        "device_id": env["iot.device"].create({"name": "Walked", "identifier": fresh()}).id,
        "status": "completed",
        "start_time": "2026-11-02 12:00:00",
        "end_time": "2026-11-02 13:00:00",
    },
}
