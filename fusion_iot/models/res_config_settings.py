from odoo import api, fields, models
from odoo.addons.fusion_iot_base.models.iot_overview import (
    DEFAULT_SHIFT_HOURS,
    LONGEST_SHIFT_HOURS,
    SHIFT_HOURS,
)
from odoo.addons.fusion_iot_base.networks import read_networks
from odoo.addons.fusion_iot_base.shared_token import (
    DEFAULT_RATE,
    NETWORKS,
    OFF,
    PREVIOUS_TOKEN,
    PREVIOUS_UNTIL,
    RATE,
    rate_limit,
    token_set,
    token_unreadable,
)
from odoo.exceptions import ValidationError

from .iot_refused_mixin import REASONS


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    fp_ingest_token_state = fields.Selection(
        [
            ("missing", "Not set: the ingest address refuses everything"),
            ("set", "Set"),
            ("overlap", "Set; the one before it is still valid"),
            ("unreadable", "Cannot be read: the ingest address refuses everything"),
            ("off", "Switched off: each device needs a credential of its own"),
        ],
        string="Ingest token",
        readonly=True,
    )
    fp_ingest_token_previous_until = fields.Datetime(string="Old token valid until", readonly=True)
    fp_ingest_token_off = fields.Boolean(
        string="Credentials only",
        config_parameter=OFF,
        help="Refuse the token that all devices share: each device needs a credential of its own, which IoT managers "
        "make.",
    )
    fp_ingest_token_networks = fields.Char(
        string="Allowed from",
        config_parameter=NETWORKS,
        help="Addresses and networks from which the shared token may be used, with commas between them. Left empty: "
        "from anywhere.",
    )

    fp_ingest_token_rate_limit = fields.Integer(
        string="Requests per minute",
        default=DEFAULT_RATE,
        help="Of all devices with the shared token together. More are answered with 429. Each worker process of the "
        "server counts for itself. 0: no limit.",
    )
    fp_ingest_token_refused_count = fields.Integer(
        string="Refused requests",
        readonly=True,
        help="Noted once a minute at most; a restart may lose the last ones.",
    )
    fp_ingest_token_last_refused_at = fields.Datetime(string="Last refused", readonly=True)
    fp_ingest_token_last_refused_address = fields.Char(string="Last refused from", readonly=True)
    fp_ingest_token_last_refused_reason = fields.Selection(REASONS, string="Last refused for", readonly=True)

    shift_hours = fields.Float(
        string="Shift (h)",
        config_parameter=SHIFT_HOURS,
        default=DEFAULT_SHIFT_HOURS,
        help="The Overview shows what has changed in so many hours. Where there are shifts under Configuration, it "
        "goes by those.",
    )

    @api.constrains("shift_hours")
    def _check_shift_hours(self):
        if any(not 0 < settings.shift_hours <= LONGEST_SHIFT_HOURS for settings in self):
            raise ValidationError(self.env._("A shift lasts longer than nothing, and a week at most."))

    @api.constrains("fp_ingest_token_rate_limit")
    def _check_fp_ingest_token_rate_limit(self):
        if any(settings.fp_ingest_token_rate_limit < 0 for settings in self):
            raise ValidationError(
                self.env._("The shared token cannot have less than no requests per minute.")
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
        if parameters.get_param(OFF):
            state = "off"
        elif token_unreadable(self.env):
            state = "unreadable"
        elif not token_set(self.env):
            state = "missing"
        else:
            state = "overlap" if overlap else "set"
        token = self.env["iot.shared.token"]._only()
        refused = ("refused_count", "last_refused_at", "last_refused_address", "last_refused_reason")
        return dict(
            super().get_values(),
            fp_ingest_token_state=state,
            fp_ingest_token_rate_limit=rate_limit(self.env),
            fp_ingest_token_previous_until=until if state == "overlap" else False,
            **{f"fp_ingest_token_{name}": token[name] for name in refused},
        )

    def set_values(self):
        super().set_values()
        # Odoo would store no 0, which means something here.
        if self.fp_ingest_token_rate_limit != rate_limit(self.env):
            self.env["ir.config_parameter"].sudo().set_param(RATE, str(self.fp_ingest_token_rate_limit))
