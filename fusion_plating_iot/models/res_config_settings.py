from odoo import api, fields, models
from odoo.addons.fusion_iot_base.shared_token import PREVIOUS_TOKEN, PREVIOUS_UNTIL, token_set


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fp_ingest_token_state = fields.Selection(
        [
            ("missing", "Not set: the ingest address refuses everything"),
            ("set", "Set"),
            ("overlap", "Set; the one before it is still valid"),
        ],
        string="Ingest token",
        readonly=True,
    )
    fp_ingest_token_previous_until = fields.Datetime(string="Old token valid until", readonly=True)

    @api.model
    def get_values(self):
        parameters = self.env["ir.config_parameter"].sudo()
        until = fields.Datetime.to_datetime(parameters.get_param(PREVIOUS_UNTIL) or False)
        overlap = bool(parameters.get_param(PREVIOUS_TOKEN) and until and until > fields.Datetime.now())
        state = ("overlap" if overlap else "set") if token_set(self.env) else "missing"
        return dict(
            super().get_values(),
            fp_ingest_token_state=state,
            fp_ingest_token_previous_until=until if state == "overlap" else False,
        )
