from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    session_flush_s = fields.Integer(
        string="Write running sessions every (s)",
        default=30,
        config_parameter="fusion_session_detector.flush_s",
        help="What begins, changes or ends is written at once; what it amounts to meanwhile, every so many seconds.",
    )
    session_power_log_days = fields.Integer(
        string="Keep power for (days)",
        default=30,
        config_parameter="fusion_session_detector.power_log_days",
        help="What machines drew is kept for charts, what-if and suggestions. Sessions are kept for good.",
    )
    session_outage_hold_s = fields.Integer(
        string="Wait for a broker for (s)",
        default=900,
        config_parameter="fusion_session_detector.outage_hold_s",
        help="While Odoo has no connection to a broker, the messages that sessions wait for may be kept there. "
        "For so long their machines do not count as silent.",
    )
