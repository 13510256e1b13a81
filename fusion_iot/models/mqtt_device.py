import math
from collections import defaultdict

from markupsafe import Markup
from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import ValidationError
from odoo.tools import formatLang

from fusion_iot_core.mqtt.route import Route
from fusion_iot_core.protocol import SERIAL_MAX, topics
from fusion_iot_core.protocol.parsers import DETECT, PARSERS, ParserSettings
from fusion_iot_core.throttle import Throttle

from .iot_device import MISSED_INTERVALS

SHORTEST_SILENCE = 5
# What the runtime learns is no setting: it need not be told of it.
_LEARNT = {"main_voice"}
# What decides on what of its messages arrives, and as what.
_READ_BY = {"connection_id", "topic_pattern", "parser_type", "timezone", "time_path"}
_flood_told = Throttle(interval=3_600.0)


class MqttDevice(models.Model):
    """A device that speaks MQTT: where it publishes, and how its messages are read."""

    _name = "mqtt.device"
    _description = "MQTT Device"
    _inherits = {"iot.device": "iot_device_id"}
    _inherit = ["mail.thread", "fusion.kept.mixin"]
    _order = "name, id"
    _rec_names_search = ["name", "device_id"]
    _check_company_auto = True

    iot_device_id = fields.Many2one(
        "iot.device",
        string="Device in the register",
        required=True,
        kept="once",
        ondelete="cascade",
        copy=False,
    )
    device_id = fields.Char(
        string="External device ID",
        related="iot_device_id.identifier",
        store=True,
        required=True,
        readonly=False,
        index=True,
        help="What the device calls itself in its topics: tank6-probes, shellyplus1pm-a8032ab12345. Tank sensors "
        "find it under this name.",
    )
    connection_id = fields.Many2one(
        "mqtt.connection",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        tracking=True,
        default=lambda self: self._only_connection(),
        help="The broker that the device publishes to.",
    )
    template_id = fields.Many2one(
        "mqtt.device.template",
        ondelete="set null",
        help="Fills in how devices of this family usually publish. All of it can be changed here.",
    )
    hint = fields.Text(related="template_id.hint")
    topic_pattern = fields.Char(
        string="Topic pattern",
        required=True,
        tracking=True,
        help="Topic filter of everything the device publishes. + stands for one level, # at the end for all the "
        "rest: tele/tank6-probes/#",
    )
    mqtt_topic = fields.Char(related="topic_pattern", string="MQTT topic", readonly=False)
    parser_type = fields.Selection(
        selection="_select_parser_type",
        string="Parser",
        required=True,
        default=DETECT,
        tracking=True,
        help="How its messages are read. Detection looks at topic and payload of each message.",
    )
    configurable = fields.Boolean(
        compute="_compute_configurable", help="The parser needs to be told where the values are."
    )
    timezone = fields.Selection(
        selection=_tz_get,
        string="Clock of the device",
        help="Zone of the times it sends without one. Left empty, those times are not used: a reading counts as "
        "taken when it arrives.",
    )
    time_path = fields.Char(
        string="Path of the time", help="Where the time of measurement is in the JSON, if it is there."
    )
    rule_ids = fields.One2many("mqtt.device.rule", "device_id", string="Values", copy=True)
    main_voice = fields.Char(
        string="Main voice",
        readonly=True,
        copy=False,
        help="Some devices say the same thing in two ways at once. This is the one that counts, as learnt from its "
        "messages.",
    )
    connection_state = fields.Selection(related="connection_id.state", string="Connection state")

    _device_unique = models.Constraint("UNIQUE (iot_device_id)", "This device has MQTT settings already.")
    # Of the devices of one broker only one can be meant by a name, whatever their companies.
    _name_unique = models.UniqueIndex(
        "(connection_id, device_id)", "Another device on this connection has this device ID."
    )

    @api.model
    def _select_parser_type(self):
        families = sorted((parser.label, name) for name, parser in PARSERS.items())
        return [(DETECT, self.env._("Detect")), *((name, label) for label, name in families)]

    @api.model
    def _only_connection(self):
        found = self.env["mqtt.connection"].search([], limit=2)
        return found if len(found) == 1 else found.browse()

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "offline_after" in fields and "default_offline_after" not in self.env.context:
            values["offline_after"] = self._offline_after(
                values.get("expected_interval", _usual_interval(self.env))
            )
        return values

    @api.depends("parser_type")
    def _compute_configurable(self):
        for device in self:
            parser = PARSERS.get(device.parser_type)
            device.configurable = bool(parser and parser.configurable)

    @api.onchange("connection_id")
    def _onchange_connection_id(self):
        if self.connection_id.company_id:
            self.company_id = self.connection_id.company_id

    @api.onchange("template_id")
    def _onchange_template_id(self):
        if self.template_id:
            self.update(self.template_id._values(self.device_id))

    @api.onchange("device_id")
    def _onchange_device_id(self):
        """The pattern goes with the name it was made for; one made by hand stays."""
        if not self.device_id:
            return
        before = self._origin.device_id
        pattern = self.topic_pattern or ""
        if before and topics.spells(pattern, before):
            self.topic_pattern = f"/{pattern}/".replace(f"/{before}/", f"/{self.device_id}/", 1)[1:-1]
        elif self.template_id and (not pattern or not before):
            self.topic_pattern = self.template_id._pattern(self.device_id)

    @api.onchange("expected_interval")
    def _onchange_expected_interval(self):
        usual = self.template_id if self.expected_interval == self.template_id.expected_interval else None
        self.offline_after = usual.offline_after if usual else self._offline_after(self.expected_interval)

    @api.constrains("topic_pattern")
    def _check_topic_pattern(self):
        for device in self:
            pattern = device.topic_pattern
            try:
                topics.check_filter(pattern)
            except topics.FilterError as error:
                raise ValidationError(
                    self.env._(
                        "%(device)s: %(pattern)s is no topic pattern: %(reason)s.",
                        device=device.name,
                        pattern=pattern,
                        reason=error,
                    )
                ) from error
            if not topics.literal_levels(pattern):
                raise ValidationError(
                    self.env._(
                        "%(device)s: %(pattern)s matches the topics of every device. Spell out at least one level, "
                        "such as the device's own name.",
                        device=device.name,
                        pattern=pattern,
                    )
                )
            if pattern.startswith("$share/"):
                raise ValidationError(
                    self.env._(
                        "%s: a shared subscription would give away every other message. One server at a time reads "
                        "anyway.",
                        device.name,
                    )
                )

    @api.constrains("device_id")
    def _check_device_id(self):
        for device in self:
            name = device.device_id
            if not name.isprintable() or len(name) > SERIAL_MAX or {"+", "#"} & set(name):
                raise ValidationError(
                    self.env._(
                        "%(name)s is no device ID: it has at most %(max)s characters, all of them printable, and "
                        "none of them is + or #.",
                        name=name,
                        max=SERIAL_MAX,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        devices = super().create([self._completed(vals) for vals in vals_list])
        known = [vals["iot_device_id"] for vals in vals_list if vals.get("iot_device_id")]
        self.env["iot.device"].browse(known)._runtime_workers_changed()
        self.env["iot.runtime.worker"]._wake()
        return devices

    def write(self, vals):
        vals = _stripped(vals)
        self._changed_by(vals).iot_device_id._keep_for_others()
        result = super().write(vals)
        if "connection_id" in vals:
            self.iot_device_id._runtime_workers_changed()
        if vals.keys() - _LEARNT:
            self.env["iot.runtime.worker"]._wake()
        return result

    def _changed_by(self, vals):
        """Those whose measurements would be others, or none, with ``vals``. Their rules see to that themselves."""
        if "mqtt_topic" in vals:
            vals = {"topic_pattern": vals["mqtt_topic"], **vals}
        names = _READ_BY & vals.keys()
        return self.filtered(
            lambda device: any(
                (device._fields[name].convert_to_write(device[name], device) or False)
                != (vals[name] or False)
                for name in names
            )
        )

    def unlink(self):
        """The device leaves the register as well: it is one device."""
        devices = self.iot_device_id
        result = super().unlink()
        devices.unlink()
        self.env["iot.runtime.worker"]._wake()
        return result

    def copy_data(self, default=None):
        default = dict(default or {})
        vals_list = super().copy_data(default)
        for device, vals in zip(self, vals_list, strict=True):
            if not default.keys() & {"identifier", "device_id"}:
                vals["identifier"] = self.env._("%s (copy)", device.device_id)
            if "name" not in default:
                vals["name"] = self.env._("%s (copy)", device.name)
        return vals_list

    @api.model
    def _completed(self, vals):
        """Each thing under all the names it has, before the record of the register is there to look it up."""
        vals = _stripped(vals)
        identifier = vals.get("device_id") or vals.get("identifier")
        if not identifier and vals.get("iot_device_id"):
            identifier = self.env["iot.device"].browse(vals["iot_device_id"]).identifier
        vals.update(device_id=identifier, topic_pattern=vals.get("topic_pattern") or vals.get("mqtt_topic"))
        vals.pop("mqtt_topic", None)
        if not vals.get("iot_device_id"):
            interval = vals.get("expected_interval", _usual_interval(self.env))
            vals.update(identifier=identifier)
            vals.setdefault("offline_after", self._offline_after(interval))
        return vals

    @api.model
    def _offline_after(self, interval):
        """Minutes of silence after which a device that reports every ``interval`` seconds counts as offline.

        One that reports on change only may be quiet for as long as it likes.
        """
        if not interval or interval < 0:
            return 0
        return max(SHORTEST_SILENCE, math.ceil(MISSED_INTERVALS * interval / 60))

    def action_forget_channels(self):
        """Empty the list of channels of these devices."""
        self.iot_device_id.action_forget_channels()

    def action_open_alerts(self):
        """Open what is, and was, the matter with the device."""
        return self.iot_device_id.action_open_alerts()

    def action_open_messages(self):
        """Open the logged messages of this device."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.mqtt_message_action")
        return dict(action, domain=[("device_id", "=", self.id)], context={})

    def action_try_message(self):
        """Open the form that reads a message, with the settings of this device."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.mqtt_paste_action")
        return dict(action, context={"default_device_id": self.id})

    @api.model
    def _routes(self, connection_ids):
        """Which devices the runtime serves through connections, as plain values.

        A constant number of queries, however many devices and rules there are.

        :return: list of `Route`, of all companies
        """
        devices = (
            self.sudo()
            .with_context(active_test=True)
            .search_fetch(
                [("connection_id", "in", list(connection_ids))],
                [
                    "iot_device_id",
                    "device_id",
                    "topic_pattern",
                    "parser_type",
                    "timezone",
                    "time_path",
                    "main_voice",
                    "template_id",
                ],
                order="id",
            )
        )
        metered = defaultdict(list)
        powers = [("device_id", "in", devices.iot_device_id.ids), ("quantity", "=", "power")]
        for row in self.env["iot.device.channel"].sudo().search_fetch(powers, ["device_id", "channel"]):
            metered[row.device_id.id].append(row.channel or "")
        switched = defaultdict(list)
        of_devices = [("device_id", "in", devices.iot_device_id.ids)]
        for row in self.env["iot.device.switch"].sudo().search_fetch(of_devices, ["device_id", "relay"]):
            switched[row.device_id.id].append((row.id, row.relay or ""))
        return [
            Route(
                id=device.id,
                device_id=device.iot_device_id.id,
                identifier=device.device_id,
                topic_pattern=device.topic_pattern,
                parser=device.parser_type,
                settings=device._parser_settings(),
                main_voice=device.main_voice or "",
                power_channels=tuple(sorted(metered[device.iot_device_id.id])),
                company=(device.company_id or device.connection_id.company_id).id or None,
                switches=tuple(
                    (switch_id, device._switched_as(), relay)
                    for switch_id, relay in switched[device.iot_device_id.id]
                ),
            )
            for device in devices
        ]

    @api.model
    def _behind(self, connection_id, base):
        """Ids in the register of the devices whose topics begin with ``base``: those behind one gateway."""
        self.flush_model(["connection_id", "topic_pattern"])
        self.env.cr.execute(
            "SELECT iot_device_id FROM mqtt_device WHERE connection_id = %s AND starts_with(topic_pattern, %s)",
            [connection_id, base],
        )
        return [device_id for (device_id,) in self.env.cr.fetchall()]

    def _parser_settings(self):
        """What the parser needs to know of this device."""
        return ParserSettings(
            timezone=self.timezone or "",
            time_path=self.time_path or "",
            rules=tuple(rule._rule() for rule in self.rule_ids),
        )

    @api.model
    def _note_over(self, over):
        """Say in the chatter of devices that messages of theirs came too fast; at most once an hour each.

        :param over: number of messages that were left out and a topic of them, by id
        """
        for device in self.browse(over).exists():
            if not _flood_told.due((self.env.cr.dbname, device.id)):
                continue
            count, topic = over[device.id]
            text = self.env._(
                "%(count)s messages came too fast and were left out, among them messages of %(topic)s. How many are "
                "let in is set at the connection, under Advanced.",
                count=formatLang(self.env, count, digits=0),
                topic=topic,
            )
            device.message_post(body=Markup("%s") % text)


def _usual_interval(env):
    devices = env["iot.device"]
    return devices._fields["expected_interval"].default(devices)


def _stripped(vals):
    names = ("device_id", "identifier", "topic_pattern", "mqtt_topic")
    return {
        name: value.strip() if name in names and isinstance(value, str) else value
        for name, value in vals.items()
    }
