import json

from odoo import api, fields, models

from fusion_iot_core.protocol.rhythm import Rhythm

MAX_ROWS = 500

_NOTE = """
    INSERT INTO iot_unknown_device AS known
           (serial, company_id, device, channel, source, quantity, unit, last_value, message_count, rhythm, first_seen,
            last_seen)
    SELECT serial, company_id, device, channel, %s, quantity, unit, last_value, message_count, rhythm::jsonb, %s, %s
      FROM unnest(%s::text[], %s::int[], %s::text[], %s::text[], %s::text[], %s::text[], %s::float8[], %s::int[],
                  %s::text[])
        AS seen(serial, company_id, device, channel, quantity, unit, last_value, message_count, rhythm)
    ON CONFLICT (serial, coalesce(company_id, 0)) DO UPDATE
       SET device = excluded.device, channel = excluded.channel, source = excluded.source,
           quantity = excluded.quantity, unit = excluded.unit, last_value = excluded.last_value,
           message_count = least(known.message_count::bigint + excluded.message_count, 2147483647),
           rhythm = excluded.rhythm, last_seen = excluded.last_seen
    RETURNING (xmax = 0)
"""
_TRIM = """
    DELETE FROM iot_unknown_device
     WHERE id IN (SELECT id
                    FROM (SELECT id, row_number() OVER newest AS place FROM iot_unknown_device
                          WINDOW newest AS (PARTITION BY company_id ORDER BY last_seen DESC, id DESC)) AS listed
                   WHERE place > %s)
"""


class IotUnknownDevice(models.Model):
    """Who reports without being set up: one row a serial, the longest silent one goes first.

    At most 500 of each company, and of what is of no company.
    """

    _name = "iot.unknown.device"
    _description = "Unknown Device"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _stays_small = "the oldest are deleted"
    _order = "last_seen desc, id desc"
    _rec_name = "serial"
    _log_access = False

    serial = fields.Char(
        readonly=True, required=True, help="The probe's serial, or else the device's identifier."
    )
    device = fields.Char(readonly=True)
    channel = fields.Char(readonly=True)
    source = fields.Selection(
        lambda self: self.env["iot.ingest"]._select_source(), readonly=True, help="The transport it came by."
    )
    quantity = fields.Char(readonly=True)
    unit = fields.Char(readonly=True)
    last_value = fields.Float(string="Last value", readonly=True, aggregator=None)
    rhythm = fields.Json(readonly=True)
    message_count = fields.Integer(string="Messages", readonly=True)
    first_seen = fields.Datetime(string="First seen", readonly=True)
    last_seen = fields.Datetime(string="Last seen", readonly=True)

    is_discovered = fields.Boolean(
        string="Discovered",
        compute="_compute_is_discovered",
        help="Its device speaks MQTT and is listed under Discovered as well, where it is set up with all it measures.",
    )

    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index="btree_not_null",
        help="That of the connection or device that reported it. Empty: of all.",
    )

    _serial_unique = models.UniqueIndex("(serial, coalesce(company_id, 0))", "This serial is listed already.")
    _by_age = models.Index("(last_seen)")

    @api.model
    def _note(self, batch):
        """Note the measurements of ``batch`` that nobody took."""
        seen = {}
        for _index, item in batch.unclaimed():
            key = (item.serial or item.device, item.company)
            count = seen[key][1] + 1 if key in seen else 1
            if key in seen or len(seen) < MAX_ROWS:
                seen[key] = (item, count)
        if not seen:
            return
        at = batch.received_at.replace(tzinfo=None)
        rhythms = self._rhythms(seen)
        rows = [
            (
                *(*key, item.device, item.channel, item.quantity, item.unit, item.value, count),
                json.dumps(rhythms[key].heard(at).stored()),
            )
            for key, (item, count) in sorted(seen.items(), key=lambda entry: (entry[0][0], entry[0][1] or 0))
        ]
        columns = [list(column) for column in zip(*rows, strict=True)]
        self.env.cr.execute(_NOTE, [batch.source.name, at, at, *columns])
        if any(new for (new,) in self.env.cr.fetchall()):
            self.env.cr.execute(_TRIM, [MAX_ROWS])
        self.invalidate_model()

    @api.depends("device")
    def _compute_is_discovered(self):
        discovered = set(self._discoveries().mapped("device"))
        for row in self:
            row.is_discovered = row.device in discovered

    def _discoveries(self):
        """Return the rows under Discovered of the same devices, as far as the user may see them."""
        Discovery = self.env["mqtt.discovery"]
        if not Discovery.has_access("read"):
            return Discovery
        return Discovery.search([("device", "in", self.mapped("device")), ("ignored", "=", False)])

    def action_set_up_device(self):
        """Set the device up as under Discovered, with all that it measures."""
        self.ensure_one()
        return self._discoveries()[:1].action_set_up()

    @api.model
    def _rhythms(self, reporters):
        """How often each of ``reporters`` was heard so far; a `Rhythm` by ``(serial, company id)``."""
        self.env.cr.execute(
            "SELECT serial, company_id, rhythm FROM iot_unknown_device WHERE serial = ANY(%s)",
            [list({serial for serial, _company in reporters})],
        )
        return {reporter: Rhythm() for reporter in reporters} | {
            (serial, company): Rhythm.of(stored) for serial, company, stored in self.env.cr.fetchall()
        }

    @api.model
    def _forget(self, names):
        """These have been set up.

        :param names: ``(serial, company id)``
        """
        serials = {serial for serial, _company in names}
        rows = self.sudo().search([("serial", "in", list(serials))])
        rows.filtered(lambda row: not row.company_id or (row.serial, row.company_id.id) in names).unlink()
