from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from fusion_iot_core.protocol import normalise_serial
from fusion_iot_core.protocol.parsers import DETECT

from ..alert.types import is_settling
from .iot_device_channel import forget_noted

KINDS = [
    ("probe", "Probe"),
    ("sensor", "Sensor"),
    ("meter", "Meter"),
    ("relay", "Relay"),
    ("gateway", "Gateway"),
    ("controller", "Controller"),
    ("other", "Other"),
]
PRESENCES = [("unknown", "Never heard"), ("online", "Online"), ("offline", "Offline")]
MISSED_INTERVALS, SETTLE_S = 3, 60
"""What can be heard again is given as long as three of its intervals, and so many seconds at least."""
# What of a device of the register the runtime goes by.
_SERVED_BY = {"identifier", "active"}

_SILENT = """
    SELECT id FROM iot_device
     WHERE presence = 'online' AND offline_after > 0
       AND last_seen < %(now)s - make_interval(mins => offline_after)
       -- A relay without a meter says nothing while nobody switches it.
       AND NOT (EXISTS (SELECT 1 FROM iot_device_switch switch WHERE switch.device_id = iot_device.id)
                AND NOT EXISTS (SELECT 1 FROM iot_device_channel channel WHERE channel.device_id = iot_device.id))
"""
_OFFLINE = f"""
    UPDATE iot_device
       SET presence = 'offline'
     WHERE id IN ({_SILENT} AND id = ANY(%(ids)s) FOR NO KEY UPDATE SKIP LOCKED)
"""


class IotDevice(models.Model):
    """A device on the shop floor, whatever transport it speaks."""

    _name = "iot.device"
    _description = "IoT Device"
    _inherit = ["mail.thread", "fusion.kept.mixin", "iot.commandable.mixin", "iot.alert.source.mixin"]
    _order = "name, id"
    _rec_names_search = ["name", "identifier"]

    name = fields.Char(required=True, tracking=True)
    identifier = fields.Char(
        required=True,
        index=True,
        tracking=True,
        help="What the device calls itself in its messages: a serial, a MAC address, a client id.",
    )
    kind = fields.Selection(KINDS, required=True, default="sensor", tracking=True)
    manufacturer = fields.Char()
    model = fields.Char()
    family = fields.Char(
        compute="_compute_family",
        store=True,
        help="The family of devices it belongs to, as far as its transport knows: the name of a parser or connector.",
    )
    firmware = fields.Char(readonly=True, copy=False, help="As reported by the device.")
    presence = fields.Selection(
        PRESENCES,
        default="unknown",
        readonly=True,
        copy=False,
        help="Online: it reports. Offline: it said goodbye, or has been quiet for too long. "
        "Never heard: nothing has come from it so far.",
    )
    last_seen = fields.Datetime(
        string="Last seen", readonly=True, copy=False, help="When its last message was received."
    )
    expected_interval = fields.Integer(
        string="Reports every (s)",
        default=60,
        tracking=True,
        help="How often it reports by itself. 0: only when something changes.",
    )
    offline_after = fields.Integer(
        string="Offline after (min)",
        default=15,
        help="Minutes of silence after which the device counts as offline. 0: never by silence alone.",
    )
    signal_dbm = fields.Integer(
        string="Signal (dBm)",
        readonly=True,
        copy=False,
        aggregator="avg",
        help="Strength of the radio signal, as reported by the device. Closer to 0 is stronger.",
    )
    battery = fields.Float(
        string="Battery (%)",
        readonly=True,
        copy=False,
        digits=(5, 1),
        aggregator="min",
        help="Charge left, as reported by the device.",
    )
    ip_address = fields.Char(string="IP address", readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", index=True, tracking=True, help="Left empty, every company sees the device."
    )
    has_serials = fields.Boolean(
        string="Has serials", compute="_compute_has_serials", help="Some of its channels have a serial."
    )
    has_doubts = fields.Boolean(
        string="Has doubts", compute="_compute_has_serials", help="Some of its values are not good."
    )
    channel_ids = fields.One2many("iot.device.channel", "device_id", string="Channels", readonly=True)
    channels_left_out = fields.Integer(
        string="Left out",
        readonly=True,
        copy=False,
        help="How often it reported something in a channel that is not listed: it has as many as a device may have.",
    )
    mqtt_device_ids = fields.One2many(
        "mqtt.device", "iot_device_id", string="MQTT", context={"active_test": False}
    )
    is_mqtt = fields.Boolean(string="Speaks MQTT", compute="_compute_is_mqtt")
    note = fields.Text(help="Where it hangs, how it is mounted, who to call.")
    active = fields.Boolean(default=True, tracking=True)

    # Whoever enters an identifier first does not take it away from another company.
    _identifier_unique = models.UniqueIndex(
        "(identifier, coalesce(company_id, 0))", "Another device has this identifier."
    )
    _interval_not_negative = models.Constraint(
        "CHECK (expected_interval >= 0)", "The time between two reports cannot be negative."
    )
    _offline_after_not_negative = models.Constraint(
        "CHECK (offline_after >= 0)", "The time until a device counts as offline cannot be negative."
    )

    def _keeper(self, field):
        return self.env._("what the device and its box say")

    @api.depends("mqtt_device_ids")
    def _compute_is_mqtt(self):
        for device in self:
            device.is_mqtt = bool(device.mqtt_device_ids)

    @api.depends("mqtt_device_ids.parser_type")
    def _compute_family(self):
        """Empty where the transport does not know it. Another transport extends this, and calls ``super()``."""
        for device in self:
            parser = device.mqtt_device_ids.parser_type
            device.family = parser if parser != DETECT else False

    @api.depends("channel_ids.serial", "channel_ids.last_quality")
    def _compute_has_serials(self):
        for device in self:
            device.has_serials = any(device.channel_ids.mapped("serial"))
            device.has_doubts = any(
                quality not in (False, "good") for quality in device.channel_ids.mapped("last_quality")
            )

    @api.constrains("company_id")
    def _check_mqtt_company(self):
        self.mqtt_device_ids._check_company()

    @api.constrains("company_id")
    def _check_other_companies(self):
        for device in self.sudo().filtered("company_id"):
            if device._other_companies(device.company_id):
                raise ValidationError(
                    self.env._(
                        "%(device)s cannot be of %(company)s alone: records of another company take what it reports. "
                        "They have to be archived or linked to another device first.",
                        device=device.name,
                        company=device.company_id.name,
                    )
                )

    def _other_companies(self, company):
        """Companies whose records would hear nothing any more if these devices were of ``company`` alone.

        Addons add those of their records. Called with all rights.

        :param company: empty for a device that has been taken away from all
        """
        return self.box_id.company_id - company

    def _keep_for_others(self):
        """Refuse to change how these devices are found and read, where they serve companies that the user is not in.

        A device of no company belongs to all of them. Nobody makes what another company has on it go silent, or say
        something else.
        """
        if self.env.su:
            return
        for device in self.sudo():
            if not device.company_id and device._other_companies(self.env.user.company_ids):
                raise UserError(
                    self.env._(
                        "%s belongs to all companies, and records of another one take what it reports. Only somebody "
                        "who is in that company as well can archive, rename or delete it, or change where it publishes "
                        "and how its messages are read.",
                        device.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._clean(vals) for vals in vals_list])

    def write(self, vals):
        vals = self._clean(vals)
        lost = self.browse() if vals.get("active", True) else self.filtered("active")
        if "identifier" in vals:
            lost |= self.filtered(lambda device: device.identifier != vals["identifier"])
        lost._keep_for_others()
        result = super().write(vals)
        if vals.keys() & _SERVED_BY and self._runtime_workers():
            self.env["iot.runtime.worker"]._wake()
        return result

    def unlink(self):
        self._keep_for_others()
        is_served = bool(self._runtime_workers())
        result = super().unlink()
        if is_served:
            self.env["iot.runtime.worker"]._wake()
        return result

    def _runtime_workers(self):
        """Which workers of the runtime these devices report through: while one is down, silence is not the device's.

        Another transport whose messages come through workers extends this, and adds its own to those of ``super()``.

        :return: set of ``(kind, record id)``, as `iot.runtime.worker` names them, by id of the device, archived ones
            included; devices that report otherwise are missing
        """
        workers = defaultdict(set)
        for publisher in self.mqtt_device_ids:
            workers[publisher.iot_device_id.id].add(("mqtt", publisher.connection_id.id))
        return workers

    def _runtime_workers_changed(self):
        """These devices report through other workers from now on. Extend, and call ``super()``."""

    @api.model
    def _note_reach(self, device_ids, online, at):
        """A gateway has lost the devices behind it, or has them back. Extend, and call ``super()``.

        Their presence is left alone: that is what they, or the gateway in their name, say themselves.

        :param at: when it was said, aware UTC
        """

    @api.model
    def _clean(self, vals):
        """The identifier as it is looked up: without blanks around it, a probe's ROM in the one form of all."""
        if isinstance(vals.get("identifier"), str):
            return {**vals, "identifier": normalise_serial(vals["identifier"])}
        return vals

    @api.model
    def _rewrite_serials(self):
        """Bring identifiers from before into the one form of all, where no other device has it already."""
        everything = self.with_context(active_test=False).search([("identifier", "!=", False)])
        taken = {(device.identifier, device.company_id) for device in everything}
        for device in everything:
            serial = normalise_serial(device.identifier)
            if (serial, device.company_id) not in taken:
                taken.add((serial, device.company_id))
                device.identifier = serial

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for device, vals in zip(self, vals_list, strict=True):
            if "identifier" not in default:
                vals["identifier"] = self.env._("%s (copy)", device.identifier)
            if "name" not in default:
                vals["name"] = self.env._("%s (copy)", device.name)
        return vals_list

    def _heard_before(self, at):
        """Take over that the device was heard before it was registered, at ``at`` (naive UTC)."""
        self.ensure_one()
        if not at or (self.last_seen and self.last_seen >= at):
            return
        quiet = fields.Datetime.now() - at
        is_gone = self.offline_after and quiet > timedelta(minutes=self.offline_after)
        self.write({"last_seen": at, "presence": "offline" if is_gone else "online"})

    @api.model
    def _mark_silent_offline(self):
        """Let devices count as offline that have been quiet for longer than they may be, and could have been heard.

        :return: how many
        """
        self.flush_model(["presence", "last_seen", "offline_after"])
        self.env["iot.device.switch"].flush_model(["device_id"])
        now = fields.Datetime.now()
        self.env.cr.execute(_SILENT, {"now": now})
        silent = self.browse([device_id for (device_id,) in self.env.cr.fetchall()])
        audible = silent._audible_since(now)
        gone = [
            device.id for device in silent if not is_settling(audible[device.id], device._settle_s(), now)
        ]
        if not gone:
            return 0
        self.env.cr.execute(_OFFLINE, {"now": now, "ids": gone})
        self.invalidate_model(["presence"])
        return self.env.cr.rowcount

    def _audible_since(self, now):
        """Since when these devices could be heard without a break, naive UTC, by id: since then the runtime works, and
        what they report through is connected. ``None`` where nothing tells.
        """
        watching = self.env["iot.alert.engine"]._watching_since(now)
        through = self.sudo()._runtime_workers()
        rows = self.env["iot.runtime.worker"].sudo().search([("state", "=", "connected")]) if through else ()
        connected = {(row.kind, row.res_id): row.connected_since for row in rows}
        since = {}
        for device in self.sudo():
            times = [connected.get(worker) for worker in through.get(device.id, ())]
            times += [watching, device.box_id.online_since]
            since[device.id] = max(filter(None, times), default=None)
        return since

    def _settle_s(self):
        """For how many seconds it may say nothing after it can be heard again."""
        return max(SETTLE_S, MISSED_INTERVALS * self.expected_interval)

    def action_forget_channels(self):
        """Empty the list of channels; those that still report come back with their next value."""
        self.check_access("write")
        self.sudo().channel_ids.unlink()
        self.sudo().channels_left_out = 0
        forget_noted()

    def action_open_mqtt(self):
        """Open how the device publishes."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "mqtt.device",
            "res_id": self.mqtt_device_ids.id,
            "view_mode": "form",
        }
