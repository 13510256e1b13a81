from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .iot_runtime_worker import STATES


class IotRuntimeMixin(models.AbstractModel):
    """A record that a worker of the runtime serves for as long as it is started: a broker, a machine that is polled.

    A model that inherits it has the switch and the state of its worker, can be started, stopped and tried out, and
    inherits its views (`views/iot_runtime_mixin_views.xml`) in primary mode. It names the kind of its workers
    (:attr:`_runtime_kind`) and says what a worker has to know (:meth:`_spec`); the kind gets what should run from
    :meth:`_runtime_wanted`. For *Test connection* it has :meth:`_tried_fields` and :meth:`_try`.

    :cvar _runtime_kind: ``kind`` of its rows in `iot.runtime.worker`
    """

    _name = "iot.runtime.mixin"
    _description = "Served by the IoT Runtime"
    _inherit = ["mail.thread", "fusion.kept.mixin", "iot.alert.source.mixin"]

    _runtime_kind = ""

    name = fields.Char(required=True, tracking=True)
    active = fields.Boolean(default=True, tracking=True)
    enabled = fields.Boolean(
        string="Started",
        readonly=True,
        kept=False,
        copy=False,
        tracking=True,
        help="Should be running. One of the servers on this database takes it then, and another one when that "
        "one is gone.",
    )
    company_id = fields.Many2one(
        "res.company", index=True, tracking=True, help="Left empty, every company sees it."
    )
    worker_id = fields.Many2one(
        "iot.runtime.worker", compute="_compute_worker_id", search="_search_worker_id"
    )
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        search="_search_state",
        help="Stopped: nobody asked for it. Waiting: no server has taken it yet, or the one that had it gives no "
        "sign of life. Retrying: it should be connected, and the next attempt is due soon. Failed: something that a "
        "person has to correct, such as a wrong password; it is still tried again from time to time.",
    )
    # Figures of the worker. Another one that a kind of worker has is a related field of its model.
    state_since = fields.Datetime(related="worker_id.state_since", string="Like this since")
    owner = fields.Char(related="worker_id.owner", string="Runs in", help="Host and process that has it.")
    connected_since = fields.Datetime(related="worker_id.connected_since")
    last_error = fields.Char(related="worker_id.last_error")
    last_error_at = fields.Datetime(related="worker_id.last_error_at")
    rate = fields.Float(related="worker_id.rate", string="Messages/s", digits=(12, 1))
    queue_depth = fields.Integer(
        related="worker_id.queue_depth", string="Queue", help="Messages received, not yet stored."
    )
    lag = fields.Float(
        related="worker_id.lag",
        digits=(12, 3),
        help="From receipt to storage, of the slowest message of the last seconds. While more comes than can be "
        "stored: for how long that has been so.",
    )
    overload = fields.Text(
        related="worker_id.overload", help="What is lost or late although it is connected."
    )
    is_copy = fields.Boolean(
        string="Copy",
        compute="_compute_is_copy",
        help="The database looks like a copy of another one, which has this, too.",
    )

    def _compute_is_copy(self):
        self.is_copy = self.env["iot.runtime.worker"]._is_copy()

    # The row of a worker is there from its first start on.
    @api.depends("enabled", "active")
    def _compute_worker_id(self):
        workers = self.env["iot.runtime.worker"].sudo()
        rows = workers.search([("kind", "=", self._runtime_kind), ("res_id", "in", self._origin.ids)])
        by_record = {worker.res_id: worker for worker in rows}
        for record in self:
            record.worker_id = by_record.get(record._origin.id, workers)

    @api.model
    def _search_worker_id(self, operator, value):
        rows = self.env["iot.runtime.worker"].sudo().search([("kind", "=", self._runtime_kind)])
        if operator in ("any", "any!"):
            value = rows.filtered_domain(value).ids
        elif operator != "in":
            return NotImplemented
        found = Domain("id", "in", [row.res_id for row in rows if row.id in value])
        return found | Domain("id", "not in", rows.mapped("res_id")) if False in value else found

    @api.depends("enabled", "active")
    def _compute_state(self):
        now = fields.Datetime.now()
        for record in self:
            worker = record.worker_id.sudo()
            if not record.enabled or not record.active or record.is_copy:
                record.state = "stopped"
            elif not worker or worker._silent_since(now):
                record.state = "waiting"
            else:
                record.state = worker.state

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        records = self.with_context(active_test=False).search_fetch([], ["enabled", "active"])
        return Domain("id", "in", records.filtered(lambda record: record.state in value).ids)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create([self._clean(vals) for vals in vals_list])
        records._expect_workers()
        self.env["iot.runtime.worker"]._wake()
        return records

    def write(self, vals):
        vals = self._clean(vals)
        self._check_secrets(vals)
        result = super().write(vals)
        if not vals.keys().isdisjoint(("enabled", "active")):
            self._expect_workers()
        self.env["iot.runtime.worker"]._wake()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["iot.runtime.worker"]._wake()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_running(self):
        if running := self.filtered(lambda record: record.enabled and record.active)[:1]:
            raise UserError(self.env._("%s is running. Stop it first.", running.name))

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        if "name" not in (default or {}):
            for record, vals in zip(self, vals_list, strict=True):
                vals["name"] = self.env._("%s (copy)", record.name)
        return vals_list

    @api.model
    def _clean(self, vals):
        """The values as they are stored or tried. Extend."""
        return vals

    def _check_secrets(self, vals):
        """Refuse values with which a person who cannot see a stored secret could have it sent elsewhere. Extend.

        :raise AccessError: where that is so
        """

    def _expect_workers(self):
        wanted = self.filtered(lambda record: record.enabled and record.active)
        self.env["iot.runtime.worker"]._expect(self._runtime_kind, wanted, self - wanted)

    def action_start(self):
        """Have a server run it. One does so within seconds."""
        archived = self.filtered(lambda record: not record.active)
        if archived:
            raise UserError(
                self.env._("%s is archived. Unarchive it first.", ", ".join(archived.mapped("name")))
            )
        self.enabled = True
        return True

    def action_stop(self):
        """Have the server disconnect. What is kept elsewhere until then comes with the next start."""
        self.enabled = False
        return True

    def action_declare_original(self):
        """This database is no copy, or the original is gone: have what is started run here."""
        self.check_access("write")
        for record in self.sudo():
            record._message_log(
                body=self.env._("%s said that this is the real database, not a copy.", self.env.user.name)
            )
        self.env["iot.runtime.worker"]._declare_home()
        return True

    # For the runtime

    @api.model
    def _runtime_wanted(self):
        """What should run, for the kind of these workers.

        :return: ``(id of its row in iot.runtime.worker, settings)`` by id of the record
        """
        records = self.sudo().search([("enabled", "=", True)])
        workers = self.env["iot.runtime.worker"]
        if not workers._at_home():
            records = records.browse()  # what the other side has for the original is not for a copy
        rows = workers._list(self._runtime_kind, records)
        return {res_id: (rows[res_id], spec) for res_id, spec in records._specs().items()}

    def _specs(self):
        """The settings of each, by id; for a model that reads some of them for all of its records at once."""
        return {record.id: record._spec() for record in self}

    def _spec(self):
        """All that a worker has to know, secrets included, as plain values that are equal while nothing has changed."""
        raise NotImplementedError

    @api.model
    def _any_enabled(self):
        """Whether a record of any model is started that inherits this."""
        return any(model.search_count([("enabled", "=", True)], limit=1) for model in self._served())

    @api.model
    def _served(self):
        """All models that inherit this, each without a record and with all rights."""
        names = self.env.registry.descendants(["iot.runtime.mixin"], "_inherit")
        return [self.env[name].sudo() for name in names if not self.env.registry[name]._abstract]

    # Trying settings out

    @api.readonly
    def try_settings(self, values):
        """Connect with the settings on a person's screen, and say how that went. Nothing is written.

        :param values: what the form would save: field values of one record. What is missing is taken from the stored
            record, its secrets included; for a new one (an empty recordset) from the defaults.
        :return: ``{"ok": bool, "milliseconds": int, "message": str}``
        :raise AccessError: for those who may not change such records, and for those who would have a stored secret
            sent elsewhere without being allowed to see it
        :raise ValidationError: for values that could not be saved either
        """
        self.check_access("write" if self else "create")
        return self._with_tried(values).sudo()._try()

    def _with_tried(self, values):
        """A record that is in memory only: this one, or a new one, with ``values``."""
        if self:
            self.ensure_one()
        names = self._tried_fields() & self._fields.keys()
        values = self._clean({name: value for name, value in values.items() if name in names})
        for name in values:
            self._check_field_access(self._fields[name], "write")
        self._check_secrets(values)
        if not self:
            values = {**self.default_get(list(names)), **values}
        tried = self.new(values, origin=self)
        tried._complete_tried()
        tried._validate_fields(values)
        return tried

    @api.model
    def _tried_fields(self):
        """Names of the fields that a trial goes by."""
        return set()

    def _complete_tried(self):
        """Fill in what only saving would. Raise :class:`ValidationError` where there is nothing to try. Extend."""

    def _try(self):
        """Connect, without disturbing the worker that runs, and say how that went; see :meth:`try_settings`."""
        raise NotImplementedError
