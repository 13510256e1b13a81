from odoo import api, fields, models


class IotDevice(models.Model):
    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    rate_working_h = fields.Monetary(
        string="Rate working (per h)", currency_field="session_currency_id", tracking=True
    )
    rate_standby_h = fields.Monetary(
        string="Rate standby (per h)", currency_field="session_currency_id", tracking=True
    )
    rate_kwh = fields.Monetary(
        string="Rate energy (per kWh)", currency_field="session_currency_id", tracking=True
    )
    minimum_amount = fields.Monetary(
        string="Minimum amount",
        currency_field="session_currency_id",
        tracking=True,
        help="What a session costs at least.",
    )
    billing_rounding_min = fields.Float(
        string="Billing unit (min)",
        digits=(8, 2),
        tracking=True,
        help="Standby and working time are billed in units of so many minutes, begun ones in full. 0: to the second.",
    )
    session_currency_id = fields.Many2one(
        "res.currency", string="Session currency", compute="_compute_session_currency_id"
    )

    _rates_not_negative = models.Constraint(
        "CHECK (rate_working_h >= 0 AND rate_standby_h >= 0 AND rate_kwh >= 0 AND minimum_amount >= 0"
        " AND billing_rounding_min >= 0)",
        "Rates, the minimum amount and the billing unit cannot be negative.",
    )

    _rates_possible = models.Constraint(
        "CHECK (rate_working_h <= 1e9 AND rate_standby_h <= 1e9 AND rate_kwh <= 1e9 AND minimum_amount <= 1e9"
        " AND billing_rounding_min <= 1e6)",
        "No machine costs as much: rates and the minimum amount are at most 1,000,000,000.",
    )

    @api.depends("company_id.currency_id")
    @api.depends_context("company")
    def _compute_session_currency_id(self):
        for device in self:
            device.session_currency_id = (device.company_id or self.env.company).currency_id
