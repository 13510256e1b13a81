from odoo import api, fields, models
from odoo.addons.fusion_iot_base.protocol import QUANTITIES, Quality, beyond_physics
from odoo.addons.fusion_iot_base.throttle import Throttle

# A value on this screen is for looking: a channel that reports every second need not be written as often.
_noted = Throttle(interval=15.0)

_NOTE = """
    INSERT INTO iot_device_channel AS known
           (device_id, channel, quantity, serial, unit, unit_assumed, last_value, last_quality, last_at,
            last_received_at)
    SELECT device.id, seen.channel, seen.quantity, nullif(seen.serial, ''), seen.unit, seen.unit_assumed,
           seen.value, seen.quality, seen.at, %(now)s
      FROM unnest(%(identifier)s::text[], %(channel)s::text[], %(quantity)s::text[], %(serial)s::text[],
                  %(unit)s::text[], %(unit_assumed)s::bool[], %(value)s::float8[], %(quality)s::text[],
                  %(at)s::timestamp[])
        AS seen(identifier, channel, quantity, serial, unit, unit_assumed, value, quality, at)
      JOIN iot_device device ON device.identifier = seen.identifier
     ORDER BY device.id, seen.channel, seen.quantity
    ON CONFLICT (device_id, channel, quantity) DO UPDATE
       SET serial = coalesce(excluded.serial, known.serial), unit = excluded.unit, unit_assumed = excluded.unit_assumed,
           last_value = excluded.last_value, last_quality = excluded.last_quality,
           last_at = excluded.last_at, last_received_at = excluded.last_received_at
     WHERE known.last_at IS NULL OR known.last_at <= excluded.last_at
"""


class IotDeviceChannel(models.Model):
    """What a device measures: one row a component and quantity, with the last value for looking at.

    Records of what was measured are kept by the domains (tank readings, sessions), not here.
    """

    _name = "iot.device.channel"
    _description = "Device Channel"
    _inherit = ["fusion.kept.mixin"]
    _order = "device_id, channel, quantity, id"
    _log_access = False
    _rec_names_search = ["channel", "serial", "device_id.name", "device_id.identifier"]

    device_id = fields.Many2one("iot.device", required=True, readonly=True, ondelete="cascade", index=True)
    channel = fields.Char(
        readonly=True,
        default="",
        help="Component of the device, as it names it: switch:0, temperature:100, DS18B20-1. Empty: the device itself.",
    )
    quantity = fields.Selection(
        lambda self: [(name, quantity.label) for name, quantity in QUANTITIES.items()],
        readonly=True,
        required=True,
    )
    serial = fields.Char(readonly=True, help="Serial of the probe on this channel, where messages carry it.")
    unit = fields.Char(readonly=True)
    unit_assumed = fields.Boolean(
        string="Unit assumed",
        readonly=True,
        help="Nothing in the messages says that it is this unit. A unit set in a rule of the device, or at the sensor, "
        "counts instead.",
    )
    last_value = fields.Float(string="Last value", readonly=True, digits=(16, 3), aggregator=None)
    last_quality = fields.Selection(
        [(quality.value, quality.value.title()) for quality in Quality], string="Quality", readonly=True
    )
    last_at = fields.Datetime(string="Measured", readonly=True)
    last_received_at = fields.Datetime(string="Received", readonly=True)
    company_id = fields.Many2one(related="device_id.company_id")

    _channel_unique = models.Constraint(
        "UNIQUE (device_id, channel, quantity)", "The device has this channel already."
    )

    @api.depends("device_id.name", "channel", "serial", "quantity")
    def _compute_display_name(self):
        for record in self:
            label = QUANTITIES[record.quantity].label if record.quantity else ""
            parts = (record.device_id.name, record.channel, record.serial, label)
            record.display_name = " · ".join(part for part in parts if part)

    @api.model
    def _note(self, batch, listened=()):
        """Note the newest value of every channel in ``batch`` whose device is registered; rarely, see above.

        Values without a quantity name no channel. Retained ones without a time of their own are of unknown age:
        they only make the channel known.

        :param listened: identifiers of devices that somebody looks at; theirs are noted every time
        """
        dbname = self.env.cr.dbname
        received_at = batch.received_at.replace(tzinfo=None)
        newest, seen = {}, {}
        for item in batch.measurements:
            if not item.quantity:
                continue
            key = (item.device, item.channel, item.quantity)
            if item.retained and not item.at:
                seen[key] = item
                continue
            at = item.at.replace(tzinfo=None) if item.at else received_at
            if key not in newest or newest[key][1] <= at:
                newest[key] = (item, at)
        rows = [
            (
                *key,
                item.serial,
                item.unit,
                item.unit_assumed,
                item.value,
                _quality(item),
                min(at, received_at),
            )
            for key, (item, at) in newest.items()
            if _noted.due((dbname, *key)) or item.device in listened
        ]
        rows += [
            (*key, item.serial, item.unit, item.unit_assumed, None, None, None)
            for key, item in seen.items()
            if key not in newest and _noted.due((dbname, *key, "retained"))
        ]
        if not rows:
            return
        names = (
            "identifier",
            "channel",
            "quantity",
            "serial",
            "unit",
            "unit_assumed",
            "value",
            "quality",
            "at",
        )
        columns = {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
        self.env["iot.device"].flush_model(["identifier"])
        self.env.cr.execute(_NOTE, {"now": received_at, **columns})
        self.invalidate_model()


def _quality(item):
    """What can be said of a value whose probe nobody set up."""
    if item.value is not None and beyond_physics(item.value, item.quantity):
        return Quality.BAD.value
    return item.quality.value
