from odoo import api, fields, models
from odoo.addons.fusion_iot_base.networks import read_networks
from odoo.addons.fusion_iot_base.shared_token import (
    NETWORKS,
    OFF,
    PREVIOUS_TOKEN,
    PREVIOUS_UNTIL,
    token_set,
)
from odoo.exceptions import ValidationError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fp_ingest_token_state = fields.Selection(
        [
            ("missing", "Not set: the ingest address refuses everything"),
            ("set", "Set"),
            ("overlap", "Set; the one before it is still valid"),
            ("off", "Switched off: each device needs a credential of its own"),
        ],
        string="Ingest token",
        readonly=True,
    )
    fp_ingest_token_previous_until = fields.Datetime(string="Old token valid until", readonly=True)
    fp_ingest_token_off = fields.Boolean(
        string="Credentials only",
        config_parameter=OFF,
        help="Refuse the token that all devices share: each device needs a credential of its own, under IoT > "
        "Configuration > Credentials.",
    )
    fp_ingest_token_networks = fields.Char(
        string="Allowed from",
        config_parameter=NETWORKS,
        help="Addresses and networks from which the shared token may be used, with commas between them. Left empty: "
        "from anywhere.",
    )

    @api.constrains("fp_ingest_token_networks")
    def _check_fp_ingest_token_networks(self):
        for settings in self:
            try:
                read_networks(settings.fp_ingest_token_networks)
            except ValueError as exc:
                raise ValidationError(
                    self.env._("%s is neither an address nor a network such as 10.0.0.0/8.", exc)
                ) from None

    @api.model
    def get_values(self):
        parameters = self.env["ir.config_parameter"].sudo()
        until = fields.Datetime.to_datetime(parameters.get_param(PREVIOUS_UNTIL) or False)
        overlap = bool(parameters.get_param(PREVIOUS_TOKEN) and until and until > fields.Datetime.now())
        state = ("overlap" if overlap else "set") if token_set(self.env) else "missing"
        if parameters.get_param(OFF):
            state = "off"
        return dict(
            super().get_values(),
            fp_ingest_token_state=state,
            fp_ingest_token_previous_until=until if state == "overlap" else False,
        )
