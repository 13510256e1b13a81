from datetime import timezone

from odoo import api, fields, models
from odoo.addons.fusion_plating.fields import LimitFloat
from odoo.addons.fusion_plating.reading_digits import reading_text
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import get_lang

from fusion_iot_core.protocol import (
    IngestBatch,
    Quality,
    Reason,
    TimeSource,
    ValueProblem,
    parse_number,
    settle_time,
)

QUALITIES = [(Quality.GOOD.value, "Good"), (Quality.SUSPECT.value, "Suspect"), (Quality.BAD.value, "Bad")]
REASONS = [
    (Reason.REPORTED.value, "Fault told by the device"),
    (Reason.CODE.value, "Fault value of the probe"),
    (Reason.RANGE.value, "Beyond what the probe can measure"),
    (Reason.IMPOSSIBLE.value, "Physically impossible"),
    (Reason.POWER_ON.value, "Perhaps a fault value of the probe"),
    (Reason.JUMP.value, "Jumped"),
    (Reason.UNIT.value, "Looks like another unit"),
    (Reason.STILL.value, "Does not move"),
]

JUDGEMENTS = [("in_spec", "In spec"), ("out_of_spec", "Out of spec"), ("not_judged", "Not judged")]

_APPEND_ONLY = """
    CREATE OR REPLACE FUNCTION fp_tank_reading_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'fp_tank_reading is append-only: a reading is never changed or deleted'
              USING ERRCODE = 'restrict_violation';
    END $$;
    DROP TRIGGER IF EXISTS fp_tank_reading_append_only ON fp_tank_reading;
    CREATE TRIGGER fp_tank_reading_append_only
        BEFORE UPDATE OR DELETE OR TRUNCATE ON fp_tank_reading
        FOR EACH STATEMENT EXECUTE FUNCTION fp_tank_reading_append_only()
"""


class LogReference(fields.Many2one):
    """What a log row refers to, without a foreign key.

    A foreign key would look up and lock the tank, the bath, the parameter and the company anew with every
    reading, and make writers that have nothing to do with each other meet there. What readings refer to is
    kept from being deleted by ``_refuse_unlink`` instead.
    """

    def update_db_foreign_key(self, model, column):
        """There is none."""


class FpTankReading(models.Model):
    """The log of what was measured: the compliance record of the baths.

    Append-only, in the ORM and in PostgreSQL itself. Every reading keeps the limits it was judged by. There
    is one way in, `iot.ingest`; a reading created here, such as one entered by hand, takes it too.
    """

    _name = "fp.tank.reading"
    _description = "Tank Reading"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _order = "read_at desc, id desc"
    _log_access = False
    _rec_name = "read_at"

    sensor_id = LogReference("fp.tank.sensor", required=True)
    value = LimitFloat(
        aggregator="avg", help="In the unit of the parameter. Empty where only the raw value is kept."
    )
    read_at = fields.Datetime(
        string="Read at",
        required=True,
        default=fields.Datetime.now,
        help="When it was measured: the source's own time.",
    )
    received_at = fields.Datetime(string="Received at", readonly=True, help="When it reached the server.")
    time_source = fields.Selection(
        [
            (TimeSource.DEVICE.value, "Device"),
            (TimeSource.RECEIVED.value, "Receipt"),
            (TimeSource.REPLACED.value, "Receipt, device clock wrong"),
        ],
        string="Time source",
        readonly=True,
        help="Where the time comes from. A device time before 2020 or more than five minutes ahead is replaced by the "
        "time of receipt.",
    )
    raw_value = LimitFloat(string="Raw value", readonly=True, help="As the device sent it.")
    raw_unit = fields.Char(string="Raw unit", readonly=True, help="Unit of the raw value.")
    unit = fields.Char(readonly=True)
    tank_id = LogReference("fusion.plating.tank", readonly=True)
    bath_id = LogReference("fusion.plating.bath", readonly=True)
    parameter_id = LogReference("fusion.plating.bath.parameter", readonly=True)
    company_id = LogReference("res.company", readonly=True)
    spec_min = LimitFloat(
        string="Spec min", readonly=True, help="Specification minimum in force when it was judged."
    )
    spec_max = LimitFloat(
        string="Spec max", readonly=True, help="Specification maximum in force when it was judged."
    )
    action_min = LimitFloat(string="Action min", readonly=True)
    action_max = LimitFloat(string="Action max", readonly=True)
    in_spec = fields.Boolean(
        string="Within limits",
        readonly=True,
        help="No specification limit was exceeded, also where there was none. The judgement tells the two apart.",
    )
    quality = fields.Selection(
        QUALITIES,
        readonly=True,
        help="Good readings are judged. A suspect one decides nothing. A bad one says that the probe is broken.",
    )
    reason = fields.Selection(REASONS, readonly=True, help="Why it is not good.")
    source = fields.Selection(
        lambda self: self.env["iot.ingest"]._select_source(),
        readonly=True,
        help="The way it came in.",
    )
    device_source = fields.Json(
        string="Device source",
        compute="_compute_device_source",
        help="Where a reading that is being entered can be taken from.",
    )
    user_id = fields.Many2one("res.users", string="Entered by", readonly=True, ondelete="restrict")

    value_min = LimitFloat(string="Lowest value", related="value", aggregator="min")
    value_max = LimitFloat(string="Highest value", related="value", aggregator="max")
    quantity = fields.Selection(related="parameter_id.quantity")
    judgement = fields.Selection(
        JUDGEMENTS,
        compute="_compute_judgement",
        search="_search_judgement",
        help="What came of judging it. Unless it is good, and without a specification, it is not judged.",
    )

    _identity = models.UniqueIndex(
        "(sensor_id, read_at, coalesce(value, 'NaN'::float8))", "This reading is in the log already."
    )
    _by_tank = models.Index("(tank_id, read_at DESC)")
    _by_time = models.Index("(read_at DESC, id DESC)")

    # NaN is greater than everything in PostgreSQL. What is beyond is kept as raw value only.
    _value_plausible = models.Constraint(
        "CHECK (value BETWEEN -1e15 AND 1e15)", "No reading is as large as this."
    )
    _raw_value_finite = models.Constraint(
        "CHECK (raw_value > '-Infinity' AND raw_value < 'Infinity')", "A reading is a finite number."
    )

    def init(self):
        super().init()
        self.env.cr.execute(_APPEND_ONLY)

    def _keeper(self, field):
        return self.env._("the way in of all readings, which judges them")

    @api.depends("sensor_id", "value", "unit")
    def _compute_display_name(self):
        for reading in self:
            if not reading.id:
                reading.display_name = self.env._("New reading")
                continue
            value = "—"
            if reading.value is not False:
                point = get_lang(self.env).decimal_point
                value = reading_text(reading.value, reading.quantity, decimal_point=point)
            reading.display_name = f"{reading.sensor_id.display_name}: {value} {reading.unit or ''}".strip()

    @api.depends("sensor_id")
    def _compute_device_source(self):
        for reading in self:
            sensor = reading.sensor_id._origin
            reading.device_source = sensor._device_source() if sensor and not reading.id else False

    @api.onchange("sensor_id")
    def _onchange_sensor_id(self):
        """Show who enters a reading what it will be judged by."""
        self.unit = self.sensor_id.unit
        self.spec_min, self.spec_max = self.sensor_id.spec_min, self.sensor_id.spec_max

    # The log is written by the one way in alone, and never changed: nothing here goes on to the ORM.
    # pylint: disable=method-required-super
    @api.model_create_multi
    def create(self, vals_list):
        """Enter readings by hand: ``sensor_id``, ``value`` and, unless now, ``read_at``.

        They are judged like any other. One that is in the log already is returned as it is.
        """
        new = self.browse()
        new.check_access("create")
        for name in {name for vals in vals_list for name in new._without_idle_values(vals)}:
            new._check_field_access(self._fields[name], "write")
        sensors = self.env["fp.tank.sensor"].browse(
            {vals.get("sensor_id") for vals in vals_list} - {None, False}
        )
        sensors.check_access("read")
        by_id = {sensor.id: sensor for sensor in sensors.exists()}
        now = self.env.cr.now().replace(tzinfo=timezone.utc)
        ingest = self.env["iot.ingest"]
        entered = [self._entered(vals, by_id, now) for vals in vals_list]
        batch = IngestBatch(entered, ingest._source("manual"), now, want_ids=True)
        report = ingest._ingest_batch(batch)
        if report.rejected:
            raise UserError("\n".join(item.message for item in report.rejected))
        return self.browse([batch.record_ids[index] for index in range(len(vals_list))])

    @api.model
    def _entered(self, vals, sensors, now):
        sensor = sensors.get(vals.get("sensor_id"))
        if not sensor:
            raise UserError(self.env._("Choose the sensor that was read."))
        if not sensor.active:
            raise UserError(
                self.env._("The sensor %s is archived: it takes no readings.", sensor.display_name)
            )
        try:
            value = parse_number(vals.get("value"))
        except ValueProblem as exc:
            raise UserError(self.env._("Enter the value that was read as a number.")) from exc
        at = fields.Datetime.to_datetime(vals.get("read_at"))
        at = at and at.replace(tzinfo=timezone.utc)
        # A device that has lost its clock measures now; what a person has mistyped was not read now.
        if settle_time(at, now)[1] is TimeSource.REPLACED:
            raise UserError(
                self.env._("Enter when it was read. That time lies in the future, or before 2020.")
            )
        return sensor._measurement(value, at)

    @api.model
    def _refuse_unlink(self, records, column):
        """Raise when one of ``records`` has readings in the log.

        :param records: tanks, or what belongs to one
        :param column: the column of the log that refers to them
        """
        tank_ids = records.ids if column == "tank_id" else records.mapped("tank_id").ids
        self.env.cr.execute(
            SQL(
                "SELECT kept.id FROM unnest(%s) AS kept(id) WHERE EXISTS (SELECT 1 FROM fp_tank_reading reading"
                " WHERE reading.tank_id = ANY(%s) AND reading.%s = kept.id) LIMIT 1",
                records.ids,
                tank_ids,
                SQL.identifier(column),
            )
        )
        if found := self.env.cr.fetchone():
            raise UserError(
                self.env._(
                    "%s has readings, which are kept for good: it cannot be deleted. Archive it instead.",
                    records.browse(found).display_name,
                )
            )

    @api.model
    def load(self, fields, data):
        raise UserError(
            self.env._(
                "Readings are not imported: they come from a probe, or are entered by hand one by one."
            )
        )

    def copy(self, default=None):
        raise UserError(self.env._("A reading is not duplicated: it is what was measured once."))

    def write(self, vals):
        raise UserError(self.env._("A reading is never changed. Enter a new one instead."))

    def unlink(self):
        raise UserError(
            self.env._("A reading is never deleted: the log is the compliance record of the bath.")
        )
