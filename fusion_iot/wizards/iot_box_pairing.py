from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.iot_box import is_elsewhere

LIFETIMES = [("15", "15 minutes"), ("60", "1 hour"), ("1440", "1 day")]


class IotBoxPairing(models.TransientModel):
    """Makes a token and shows what to paste on the page of a box. It is shown once, and stored nowhere."""

    _name = "iot.box.pairing"
    _description = "Pairing of an IoT Box"

    box_id = fields.Many2one(
        "iot.box",
        string="In the place of",
        readonly=True,
        help="The new box takes over its devices and their history.",
    )
    name = fields.Char(help="How the box is called here. Left empty, it is named after its serial number.")
    minutes = fields.Selection(LIFETIMES, string="Good for", required=True, default="60")
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    expires_at = fields.Datetime(string="Expires at", readonly=True)
    server_url = fields.Char(string="Server URL", compute="_compute_unreachable")
    unreachable = fields.Boolean(
        compute="_compute_unreachable", help="At the address of this server a box would call itself."
    )
    connection = fields.Char(string="Server token", compute="_compute_connection")

    def _compute_unreachable(self):
        url = self.env["iot.box"]._param_url()
        self.server_url = url
        self.unreachable = is_elsewhere(urlsplit(url or "").hostname or "")

    @api.depends_context("iot_box_connection")
    def _compute_connection(self):
        self.connection = self.env.context.get("iot_box_connection", False)

    @api.model
    def _open(self, **values):
        """Open the dialog."""
        self.env["iot.box"]._server_url()
        context = {f"default_{name}": value for name, value in values.items()}
        return self._dialog(self.env._("Pair a Box"), context)

    def action_make(self):
        """Make the token and show it."""
        self.ensure_one()
        Box = self.env["iot.box"]
        Box.check_access("write")
        if self.company_id and self.company_id not in self.env.companies:
            raise UserError(self.env._("Choose one of your companies."))
        company = self.company_id
        if self.box_id:
            self.box_id.check_access("write")
            company = self.box_id.company_id
        connection = self.env["iot.box.token"]._issue(
            int(self.minutes), name=self.name, box_id=self.box_id.id, company_id=company.id
        )
        self.expires_at = fields.Datetime.add(fields.Datetime.now(), minutes=int(self.minutes))
        return {
            **self._dialog(self.env._("Pair a Box"), {"iot_box_connection": connection}),
            "res_id": self.id,
        }

    def action_done(self):
        """Go where the box will show up."""
        return {
            **self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.iot_box_action"),
            "target": "main",
        }

    def _dialog(self, name, context):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }


class IotBox(models.Model):
    _inherit = "iot.box"  # pylint: disable=consider-merging-classes-inherited

    def action_pair(self):
        """Open the pairing of a new box, whichever are selected."""
        self.check_access("write")
        return self.env["iot.box.pairing"]._open()
