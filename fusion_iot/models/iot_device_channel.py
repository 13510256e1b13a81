from odoo import api, fields, models

from fusion_iot_core.protocol import QUANTITIES, Quality, beyond_physics
from fusion_iot_core.throttle import Throttle

from ..throttled import passing

# A value on this screen is for looking: a channel that reports every second need not be written as often.
_noted = Throttle(interval=15.0)

MAX_CHANNELS = 500

# What is more than a device may have is counted on it: a firmware, or a stranger, that invents names fills no disk, nor
# ends a transaction with a count that its column cannot hold. The device's row is not waited for.
_NOTE = """
    WITH seen AS (
        SELECT * FROM unnest(%(device_id)s::int[], %(channel)s::text[], %(quantity)s::text[], %(serial)s::text[],
                             %(unit)s::text[], %(unit_assumed)s::bool[], %(value)s::float8[], %(quality)s::text[],
                             %(at)s::timestamp[])
               AS seen(device_id, channel, quantity, serial, unit, unit_assumed, value, quality, at)
    ), room AS (
        SELECT device_id, %(most)s - (SELECT count(*) FROM iot_device_channel listed
                                       WHERE listed.device_id = device.device_id) AS places
          FROM (SELECT DISTINCT device_id FROM seen) device
    ), placed AS (
        SELECT seen.*, known.id IS NOT NULL OR places >= row_number() OVER (
                   PARTITION BY device_id, known.id IS NULL ORDER BY seen.channel, seen.quantity) AS taken
          FROM seen
          JOIN room USING (device_id)
          LEFT JOIN iot_device_channel known USING (device_id, channel, quantity)
    ), counted AS (
        UPDATE iot_device device
           SET channels_left_out = least(coalesce(device.channels_left_out, 0) + more.count, 2147483647)
          FROM (SELECT device_id, count(*) FROM placed WHERE NOT taken GROUP BY device_id) more
         WHERE device.id = more.device_id
           AND device.id IN (SELECT id FROM iot_device
                              WHERE id IN (SELECT device_id FROM placed WHERE NOT taken) FOR NO KEY UPDATE SKIP LOCKED)
    )
    INSERT INTO iot_device_channel AS known
           (device_id, channel, quantity, serial, unit, unit_assumed, last_value, last_quality, last_at,
            last_received_at)
    SELECT device_id, channel, quantity, nullif(serial, ''), unit, unit_assumed, value, quality, at, %(now)s
      FROM placed
     WHERE taken
     ORDER BY device_id, channel, quantity
    ON CONFLICT (device_id, channel, quantity) DO UPDATE
       SET serial = coalesce(excluded.serial, known.serial), unit = excluded.unit, unit_assumed = excluded.unit_assumed,
           last_value = excluded.last_value, last_quality = excluded.last_quality,
           last_at = excluded.last_at, last_received_at = excluded.last_received_at
     WHERE known.last_at IS NULL OR known.last_at <= excluded.last_at
"""
_COLUMNS = (
    *("device_id", "channel", "quantity", "serial", "unit", "unit_assumed"),
    *("value", "quality", "at"),
)


def forget_noted():
    """Note every channel with its next value, in this process."""
    _noted.forget()


class IotDeviceChannel(models.Model):
    """What a device measures: one row a component and quantity, with the last value for looking at.

    Records of what was measured are kept by the domains (tank readings, sessions), not here.
    """

    _name = "iot.device.channel"
    _description = "Device Channel"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _stays_small = "500 a device at most"
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
    def _note(self, batch, listened):
        """Note the newest value of every channel in ``batch`` whose device is registered; rarely, see above.

        Values without a quantity name no channel. Retained ones without a time of their own are of unknown age:
        they only make the channel known. A device has 500 channels at most; what it says of more is counted.

        :param listened: ids of devices that somebody looks at, `Owned` by identifier; theirs are noted every time
        """
        dbname = self.env.cr.dbname
        received_at = batch.received_at.replace(tzinfo=None)
        newest, seen = {}, {}
        for item in batch.measurements:
            if not item.quantity:
                continue
            key = (item.device, item.company, item.channel, item.quantity)
            if item.retained and not item.at:
                seen[key] = item
                continue
            at = item.at.replace(tzinfo=None) if item.at else received_at
            if key not in newest or newest[key][1] <= at:
                newest[key] = (item, at)
        is_due = passing(self.env.cr, _noted)
        found = [
            (item, item.value, _quality(item), min(at, received_at))
            for key, (item, at) in newest.items()
            if is_due((dbname, *key)) or listened.find(item.device, item.company)
        ]
        found += [
            (item, None, None, None)
            for key, item in seen.items()
            if key not in newest and is_due((dbname, *key, "retained"))
        ]
        if found and (rows := self._rows(found)):
            columns = zip(_COLUMNS, zip(*rows, strict=True), strict=True)
            self.flush_model()
            self.env["iot.device"].flush_model(["channels_left_out"])
            values = {"now": received_at, "most": MAX_CHANNELS}
            self.env.cr.execute(_NOTE, {**values, **{name: list(column) for name, column in columns}})
            self.env["iot.device"].invalidate_model(["channels_left_out"])
            self.invalidate_model()

    @api.model
    def _rows(self, found):
        """One row for each channel of a registered device: of what several said of it, the newest.

        :param found: ``(measurement, value, quality, at)``
        """
        devices = self.env["iot.device"]._of({(item.device, item.company) for item, *_said in found})
        rows = {}
        for item, value, quality, at in found:
            if device_id := devices.get((item.device, item.company)):
                key = (device_id, item.channel, item.quantity)
                if key not in rows or (at and (not rows[key][-1] or rows[key][-1] <= at)):
                    rows[key] = (*key, item.serial, item.unit, item.unit_assumed, value, quality, at)
        return list(rows.values())


def _quality(item):
    """What can be said of a value whose probe nobody set up."""
    if item.value is not None and beyond_physics(item.value, item.quantity):
        return Quality.BAD.value
    return item.quality.value
