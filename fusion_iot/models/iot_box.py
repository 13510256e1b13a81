import re
from ipaddress import ip_address, ip_network

from odoo import api, fields, models
from odoo.addons.fusion_base.secret import Secret

STATES = [("paired", "Paired"), ("unpaired", "Unpaired")]
COMMITS = "https://github.com/odoo/odoo/commit/"


_DOCUMENTATION = [ip_network(net) for net in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def is_elsewhere(host):
    """Whether a host is no machine of the network: this machine to everybody, or an address of documentation only."""
    if host == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return (
        address.is_loopback
        or address.is_unspecified
        or any(address in net for net in _DOCUMENTATION if net.version == address.version)
    )


class IotBox(models.Model):
    """An IoT Box: the stock client (`iot_drivers`) on a Raspberry Pi or a Windows machine.

    It comes to exist by pairing only. What it says of itself, and its secrets, are written by the server.
    """

    _name = "iot.box"
    _description = "IoT Box"
    _inherit = [
        "mail.thread",
        "fusion.kept.mixin",
        "fusion.secret.mixin",
        "iot.commandable.mixin",
        "iot.alert.source.mixin",
    ]
    _order = "name, id"
    _rec_names_search = ["name", "identifier"]

    name = fields.Char(required=True, tracking=True)
    identifier = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="The serial number by which the box names itself.",
    )
    mac = fields.Char(string="MAC address", readonly=True, copy=False)
    ip = fields.Char(
        string="Address", readonly=True, copy=False, help="IP address or host name in its own network."
    )
    page_url = fields.Char(string="Its page", compute="_compute_page_url")
    version = fields.Char(readonly=True, copy=False, help="Image and Odoo version, as reported by the box.")
    version_commit_url = fields.Char(string="Commit", compute="_compute_version_commit_url")
    state = fields.Selection(STATES, required=True, default="unpaired", readonly=True, copy=False)
    paired_at = fields.Datetime(string="Paired", readonly=True, copy=False)
    online = fields.Boolean(
        readonly=True, copy=False, help="Its connection is open, so it can be sent commands."
    )
    online_since = fields.Datetime(string="Online since", readonly=True, copy=False)
    gone_at = fields.Datetime(string="Offline since", readonly=True, copy=False)
    last_seen = fields.Datetime(string="Last seen", readonly=True, copy=False)
    presence = fields.Selection(
        [("online", "Online"), ("offline", "Offline"), ("unpaired", "Unpaired")], compute="_compute_presence"
    )
    certificate_end = fields.Datetime(
        string="Certificate ends",
        readonly=True,
        copy=False,
        help="End of the certificate that its own page uses, as reported by the box.",
    )
    drivers_auto_update = fields.Boolean(
        string="Update drivers",
        default=True,
        tracking=True,
        help="The box fetches the drivers of this database whenever it starts. Otherwise only when somebody asks "
        "for them on its page.",
    )
    fixed_address = fields.Boolean(
        string="Bound to its address",
        default=True,
        tracking=True,
        help="Of some requests the box says its serial number only. They are served to the address from which it last "
        "presented its secret. Switch this off where its address changes from request to request.",
    )
    forward_log = fields.Boolean(
        string="Take its log",
        tracking=True,
        help="What the box logs is written into the log of this server.",
    )
    company_id = fields.Many2one(
        "res.company", index=True, tracking=True, help="Left empty, every company sees the box."
    )
    device_ids = fields.One2many("iot.device", "box_id", string="Devices", readonly=True)
    device_count = fields.Integer(string="Number of devices", compute="_compute_device_count")
    connected_count = fields.Integer(string="Connected", compute="_compute_device_count")
    note = fields.Text(help="Where it hangs, who to call.")
    active = fields.Boolean(default=True, tracking=True)

    secret_trouble = fields.Text(
        string="Unreadable", compute="_compute_secret_trouble", help="Why nothing that it sends can be taken."
    )
    address = fields.Char(
        string="Seen at",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Where its last report came from.",
    )
    server_url = fields.Char(
        string="Server URL",
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="The address of this server that it uses, where that is known.",
    )
    channel = Secret(readonly=True, groups="base.group_system")
    # Whoever has the hash can sign as the box.
    token_hash = Secret(string="Token hash", readonly=True, groups="base.group_system")
    socket = fields.Char(
        readonly=True, copy=False, groups="base.group_system", help="Which websocket it is on."
    )

    _identifier_unique = models.Constraint("UNIQUE (identifier)", "This box is registered already.")
    _paired_or_not = models.Constraint(
        "CHECK ((state = 'paired') = (token_hash IS NOT NULL AND channel IS NOT NULL))",
        "A paired box has a secret and a channel, any other has none.",
    )

    @api.depends("ip", "online")
    def _compute_page_url(self):
        """Where its page is found; empty while nobody would answer there."""
        for box in self:
            has_name = box.ip and re.search(r"[a-z]", box.ip)
            url = f"https://{box.ip}" if has_name else f"http://{box.ip}:8069"
            box.page_url = box.online and box.ip and not is_elsewhere(box.ip) and url

    @api.depends("version")
    def _compute_version_commit_url(self):
        for box in self:
            found = re.search(r"#([0-9a-f]{7,40})\Z", box.version or "")
            box.version_commit_url = found and COMMITS + found[1]

    @api.depends("state", "online")
    def _compute_presence(self):
        for box in self:
            box.presence = box.state if box.state == "unpaired" else "online" if box.online else "offline"

    @api.depends("state")
    def _compute_secret_trouble(self):
        opened = self._open_secrets()
        for box in self:
            unreadable = box.state == "paired" and None in opened[box.id].values()
            box.secret_trouble = unreadable and self.env._(
                "The credentials of this box are stored, but cannot be read with the present key of the server, so "
                "nothing that it sends is taken. An administrator must restore the former key, or the box must be "
                "paired again with Replace."
            )

    @api.depends("device_ids", "device_ids.is_plugged", "online")
    def _compute_device_count(self):
        for box in self:
            box.device_count = len(box.device_ids)
            box.connected_count = len(box.device_ids.filtered("connected"))

    def write(self, vals):
        moved = self.filtered(lambda box: "company_id" in vals and box.company_id.id != vals["company_id"])
        result = super().write(vals)
        if vals.get("active") is False:
            self._unpair()
        moved.with_context(active_test=False).device_ids.write({"company_id": vals.get("company_id")})
        return result

    def unlink(self):
        self.check_access("unlink")
        self._unpair()
        return super().unlink()

    def action_open_devices(self):
        """Open the devices of the box."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.iot_device_action")
        return {**action, "domain": [("box_id", "=", self.id)], "context": {"create": False}}

    def _keeper(self, field):
        return self.env._("the box itself and its pairing")

    def _nudge(self):
        """Let open screens fetch boxes and devices again."""
        self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ("box",), {})
