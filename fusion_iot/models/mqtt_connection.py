import ipaddress
import re
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.addons.fusion_base.secret import Secret
from odoo.exceptions import AccessError, UserError, ValidationError

from fusion_iot_core.protocol import topics

PORT = 1883
TLS_PORT = 8883
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?\Z")
_SCHEMES = {"mqtt": False, "tcp": False, "mqtts": True, "ssl": True, "tls": True}
# Who may change one of these could have a stored password sent to himself.
_WHERE_THE_PASSWORD_GOES = {"host", "port", "tls", "tls_insecure", "ca_certificate"}
# By what all devices of a connection are reached, and what of their messages is let in.
_HEARD_BY = {
    *(
        "active",
        "enabled",
        "host",
        "port",
        "tls",
        "tls_insecure",
        "ca_certificate",
        "client_certificate",
        "client_key",
    ),
    *("username", "password", "client_id", "protocol_version", "clean_session", "session_expiry"),
    *("topic_rate", "device_rate", "connection_rate"),
}
_RANGES = {
    "port": (1, 65_535),
    "keepalive": (5, 3_600),
    "session_expiry": (0, 2_147_483_647),
    "inflight_window": (1, 65_535),
    "batch_size": (1, 10_000),
    "flush_interval": (1, 5_000),
    "topic_rate": (1, 100_000),
    "device_rate": (1, 100_000),
    "connection_rate": (1, 100_000),
    "log_keep_count": (1, 1_000_000),
    "log_keep_mib": (1, 10_000),
    "log_keep_days": (1, 3_650),
}


class MqttConnection(models.Model):
    """A broker that the server listens to, and how."""

    _name = "mqtt.connection"
    _description = "MQTT Connection"
    _inherit = ["iot.tls.mixin", "iot.runtime.mixin"]
    _order = "name, id"
    _rec_names_search = ["name", "host"]

    _runtime_kind = "mqtt"

    company_id = fields.Many2one(help="Left empty, every company sees the connection.")
    note = fields.Text(help="Where the broker runs, who looks after it.")

    host = fields.Char(
        required=True, tracking=True, help="Name or address of the broker, without a port: mqtt.example.org"
    )
    port = fields.Integer(
        required=True,
        default=PORT,
        tracking=True,
        help="1883 without TLS and 8883 with it, unless the broker is set up otherwise.",
    )
    username = fields.Char(
        string="User",
        copy=False,
        tracking=True,
        groups="fusion_iot.group_iot_manager",
        help="Left empty, the broker is asked to let anybody in.",
    )
    password = Secret(
        groups="base.group_system",
        help="Set by administrators only, and shown to nobody: the dots stand for one that is stored. It is encrypted "
        "in the database, and neither logged nor copied.",
    )

    client_id = fields.Char(
        string="Client ID",
        copy=False,
        tracking=True,
        help="Under this name the broker keeps what arrives while no server listens. It must stay the same, and "
        "nobody else may use it at this broker. Left empty, one is made.",
    )
    keepalive = fields.Integer(
        string="Keepalive (s)",
        required=True,
        default=60,
        help="The broker hears from us at least this often. After one and a half times as long without, it takes "
        "us for gone; a dead line is noticed as late.",
    )
    protocol_version = fields.Selection(
        [("3.1.1", "3.1.1"), ("5", "5")],
        string="MQTT version",
        required=True,
        default="5",
        help="5 says better what goes wrong. 3.1.1 is for brokers that do not know 5.",
    )
    clean_session = fields.Boolean(
        string="Clean session",
        help="Start anew with every connection. What devices send while no server listens is lost then.",
    )
    session_expiry = fields.Integer(
        string="Session kept (s)",
        required=True,
        default=604_800,
        help="How long the broker keeps what arrives while no server listens. 604800 is a week. MQTT 5 only; "
        "with 3.1.1 the broker decides.",
    )
    inflight_window = fields.Integer(
        string="In flight",
        required=True,
        default=10_000,
        help="How many messages the broker may send before the first of them is stored and acknowledged: some batches, "
        "so that the next one is there when one is stored. MQTT 5 only.",
    )
    batch_size = fields.Integer(
        string="Batch size",
        required=True,
        default=4_000,
        help="At most so many messages are stored in one transaction. Larger is faster under load.",
    )
    flush_interval = fields.Integer(
        string="Flush after (ms)",
        required=True,
        default=50,
        help="A message waits at most so long for others before it is stored. Shorter is sooner on the screen.",
    )

    topic_rate = fields.Integer(
        string="Messages/s of a topic",
        required=True,
        default=100,
        help="Messages of QoS 0 that come faster than this for more than some seconds are left out and counted, so "
        "that one publisher cannot hold up all others. Messages of QoS 1 are never left out. A message over 1 KiB "
        "counts once for each KiB.",
    )
    device_rate = fields.Integer(
        string="Messages/s of a device",
        required=True,
        default=1_000,
        help="The same for all topics of a device together. Higher for a gateway of very many machines.",
    )
    connection_rate = fields.Integer(
        string="Messages/s altogether",
        required=True,
        default=5_000,
        help="The same for the whole connection. Topics that send little have their share first.",
    )

    discovery = fields.Boolean(
        default=True, help="Listen also to devices that are not set up, and list them under Discovered."
    )
    discovery_filter = fields.Char(
        string="Discover in",
        default="#",
        help="Topic filter of what is listened to for discovery. # is everything; narrow it at a broker that "
        "carries much else.",
    )
    log_level = fields.Selection(
        [("off", "Nothing"), ("errors", "Errors only"), ("all", "Every message")],
        string="Log",
        required=True,
        default="errors",
        help="What is kept under Messages for looking. Every message costs time and space: for debugging.",
    )
    log_keep_count = fields.Integer(
        string="Keep messages",
        required=True,
        default=10_000,
        help="How many of the newest messages are kept. At most a hundred a second are written to the log.",
    )
    log_keep_mib = fields.Integer(
        string="Keep MiB",
        required=True,
        default=64,
        help="Fewer messages are kept if they would take more space than this.",
    )
    log_keep_days = fields.Integer(
        string="Keep days", required=True, default=7, help="Messages older than this are deleted."
    )

    warning = fields.Text(
        compute="_compute_warning", help="What is allowed and still likely not meant, one line each."
    )
    device_ids = fields.One2many("mqtt.device", "connection_id", string="Devices")
    device_count = fields.Integer(string="Number of devices", compute="_compute_counts")
    discovery_count = fields.Integer(string="Number of discovered", compute="_compute_counts")

    # A lower-case host, so that the same broker in other letters is still the same.
    _client_id_unique = models.UniqueIndex(
        "(lower(host), port, client_id)",
        "Another connection to this broker has this client ID. A broker lets only one of them be connected.",
    )

    @api.depends("device_ids")
    def _compute_counts(self):
        devices = self._count_by_connection("mqtt.device", [])
        discovered = {}
        if self.env["mqtt.discovery"].has_access("read"):
            discovered = self._count_by_connection("mqtt.discovery", [("ignored", "=", False)])
        for connection in self:
            connection.device_count = devices.get(connection.id, 0)
            connection.discovery_count = discovered.get(connection.id, 0)

    def _count_by_connection(self, model, domain):
        groups = self.env[model]._read_group(
            [("connection_id", "in", self.ids), *domain], ["connection_id"], ["__count"]
        )
        return {connection.id: count for connection, count in groups}

    @api.depends(
        "host",
        "port",
        "tls",
        "username",
        "password",
        "clean_session",
        "ca_certificate",
        "client_certificate",
        "client_key",
    )
    def _compute_warning(self):
        opened = self._open_secrets()
        for connection in self:
            lines = connection._transport_warnings()
            if connection.tls:
                lines += connection._certificate_warnings(opened[connection.id]["client_key"])
            trouble = connection._secret_trouble(opened[connection.id])
            # One that has failed says it already, as its last error.
            if trouble and connection.state != "failed":
                lines.append(trouble)
            connection.warning = "\n".join(lines)

    def _transport_warnings(self):
        lines = []
        if self.tls and self.port == PORT:
            lines.append(
                self.env._("Brokers answer without TLS at port 1883. With TLS the usual port is 8883.")
            )
        elif not self.tls and self.port == TLS_PORT:
            lines.append(self.env._("Brokers answer with TLS at port 8883, and TLS is off."))
        if not self.tls and self.sudo().username and not _is_here(self.host):
            lines.append(self.env._("Without TLS, user and password cross the network readable."))
        if self.clean_session:
            lines.append(
                self.env._("With a clean session, what devices send while no server listens is lost.")
            )
        return lines

    @api.onchange("host")
    def _onchange_host(self):
        """Take an address apart that was pasted whole: ``mqtts://mqtt.example.org:8883``."""
        if "://" not in (self.host or ""):
            return
        try:
            url = urlsplit(self.host.strip())
            port = url.port
        except ValueError:
            return
        if url.scheme in _SCHEMES and url.hostname:
            self.tls = _SCHEMES[url.scheme]
            self.port = port or (TLS_PORT if self.tls else PORT)
            self.host = url.hostname

    @api.onchange("tls")
    def _onchange_tls(self):
        """The usual port goes with the switch; one that was chosen stays."""
        if self.tls and self.port == PORT:
            self.port = TLS_PORT
        elif not self.tls and self.port == TLS_PORT:
            self.port = PORT

    @api.constrains("company_id")
    def _check_other_companies(self):
        for connection in self.sudo().filtered("company_id"):
            company, devices = connection.company_id, connection.device_ids
            if devices.company_id - company or devices.iot_device_id._other_companies(company):
                raise ValidationError(
                    self.env._(
                        "%(connection)s cannot be of %(company)s alone: another company has devices on it, or records "
                        "that take what its devices report.",
                        connection=connection.name,
                        company=company.name,
                    )
                )

    @api.constrains("host")
    def _check_host(self):
        for connection in self:
            if not _is_host(connection.host):
                raise ValidationError(
                    self.env._(
                        "%(host)s is not the name or address of a broker. It has no scheme, no port and no path: "
                        "mqtt.example.org or 192.0.2.10.",
                        host=connection.host,
                    )
                )

    @api.constrains(*_RANGES)
    def _check_ranges(self):
        for connection in self:
            for name, (low, high) in _RANGES.items():
                if not low <= connection[name] <= high:
                    raise ValidationError(
                        self.env._(
                            "%(field)s of %(connection)s is between %(low)s and %(high)s, not %(value)s.",
                            field=self._fields[name]._description_string(self.env),
                            connection=connection.name,
                            low=low,
                            high=high,
                            value=connection[name],
                        )
                    )

    @api.constrains("client_id")
    def _check_client_id(self):
        for connection in self.filtered("client_id"):
            if not connection.client_id.isprintable() or len(connection.client_id) > 128:
                raise ValidationError(
                    self.env._("A client ID has at most 128 characters, all of them printable.")
                )

    @api.constrains("discovery", "discovery_filter")
    def _check_discovery_filter(self):
        for connection in self.filtered("discovery"):
            try:
                topics.check_filter(connection.discovery_filter or "")
            except topics.FilterError as error:
                raise ValidationError(
                    self.env._(
                        "The brokers' rules do not allow this filter for discovery: %(reason)s.", reason=error
                    )
                ) from error

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections.filtered(lambda connection: not connection.client_id)._make_client_ids()
        return connections

    def write(self, vals):
        self._changed_by(self._clean(vals))._keep_for_others()
        result = super().write(vals)
        if "client_id" in vals and not (vals["client_id"] or "").strip():
            self._make_client_ids()
        return result

    def _changed_by(self, vals):
        """Those whose devices would be heard otherwise, or not at all, with ``vals``. Starting harms nobody."""
        names = _HEARD_BY & vals.keys() - {name for name in ("active", "enabled") if vals.get(name)}
        return self.filtered(
            lambda connection: any(
                (connection.sudo()[name] or False) != (vals[name] or False) for name in names
            )
        )

    def _keep_for_others(self):
        """Refuse to change how these connections listen, where they serve companies that the user is not in."""
        if self.env.su:
            return
        theirs = self.env.user.company_ids
        for connection in self.sudo().filtered(lambda connection: not connection.company_id):
            devices = connection.device_ids
            if devices.company_id - theirs or devices.iot_device_id._other_companies(theirs):
                raise UserError(
                    self.env._(
                        "%s belongs to all companies, and another one has devices on it, or records that take what its "
                        "devices report. Only somebody who is in that company as well can stop or archive it, or "
                        "change how it listens.",
                        connection.name,
                    )
                )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for connection in self:
            count = (
                self.env["mqtt.device"]
                .sudo()
                .with_context(active_test=False)
                .search_count([("connection_id", "=", connection.id)])
            )
            if count:
                raise UserError(
                    self.env._(
                        "%(count)s devices report through %(connection)s. Move them to another connection first, "
                        "or delete them.",
                        count=count,
                        connection=connection.name,
                    )
                )

    @api.model
    def _clean(self, vals):
        """Blanks around what was pasted would never be found to be the reason."""
        names = ("host", "client_id", "username", "discovery_filter")
        return {
            name: value.strip() if name in names and isinstance(value, str) else value
            for name, value in super()._clean(vals).items()
        }

    def _make_client_ids(self):
        """A client id that stays: another one would leave what the broker keeps for us behind."""
        uuid = self.env["ir.config_parameter"].sudo().get_param("database.uuid") or ""
        for connection in self:
            connection.client_id = f"fusion-{uuid.replace('-', '')[:8]}-{connection.id}"

    def _check_secrets(self, vals):
        super()._check_secrets(vals)
        changed = _WHERE_THE_PASSWORD_GOES & vals.keys()
        if not changed or self.env.su or self.env.user.has_group("base.group_system"):
            return
        for connection in self.filtered(lambda connection: connection.sudo().password):
            if any(connection[name] != vals[name] for name in changed):
                raise AccessError(
                    self.env._(
                        "%s has a password that you cannot see. Only an administrator can have it sent "
                        "elsewhere or less protected.",
                        connection.name,
                    )
                )

    def action_open_devices(self):
        """Open the devices that report through this connection."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.mqtt_device_action")
        return dict(
            action,
            domain=[("connection_id", "=", self.id)],
            context={"default_connection_id": self.id, "default_company_id": self.company_id.id},
        )

    def action_open_discovered(self):
        """Open what was discovered through this connection."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.mqtt_discovery_action")
        return dict(action, domain=[("connection_id", "=", self.id)], context={})

    def action_open_messages(self):
        """Open the log of this connection."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.mqtt_message_action")
        return dict(action, domain=[("connection_id", "=", self.id)], context={})


def _is_host(host):
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return len(host) <= 253 and bool(_HOST.match(host))
    return True


def _is_here(host):
    """Whether a host is this machine, so that nothing crosses a network."""
    try:
        return ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
