from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, formatLang

from ..runtime.lease import CHANNEL, address

BEAT_S = 2.0
SILENT_AFTER = timedelta(seconds=15)
OVERLOAD_SHOWN = timedelta(minutes=10)
STATES = [
    ("waiting", "Waiting for a server"),
    ("connecting", "Connecting"),
    ("connected", "Connected"),
    ("retrying", "Retrying"),
    ("failed", "Failed"),
    ("stopped", "Stopped"),
]

_WANTED = """
    SELECT * FROM unnest(%(ids)s::int[], %(names)s::text[], %(companies)s::int[]) AS wanted(res_id, name, company_id)
"""
_RENAME = f"""
    UPDATE iot_runtime_worker worker
       SET name = wanted.name, company_id = wanted.company_id
      FROM ({_WANTED}) AS wanted
     WHERE worker.kind = %(kind)s AND worker.res_id = wanted.res_id
       AND (worker.name, worker.company_id) IS DISTINCT FROM (wanted.name, wanted.company_id)
"""
_LIST = f"""
    INSERT INTO iot_runtime_worker (kind, res_model, res_id, name, company_id, state, state_since, listed_at)
    SELECT %(kind)s, %(model)s, wanted.*, 'waiting', %(now)s, %(now)s
      FROM ({_WANTED}) AS wanted
     WHERE NOT EXISTS (SELECT 1 FROM iot_runtime_worker WHERE kind = %(kind)s AND res_id = wanted.res_id)
     ORDER BY wanted.res_id
    ON CONFLICT (kind, res_id) DO NOTHING
"""
_RESTART = """
    UPDATE iot_runtime_worker SET state = 'waiting', state_since = %(now)s, listed_at = %(now)s, beat_at = NULL
     WHERE kind = %(kind)s AND res_id = ANY(%(ids)s) AND state = 'stopped'
"""
_STOP = """
    UPDATE iot_runtime_worker SET state = 'stopped', state_since = %(now)s
     WHERE kind = %(kind)s AND res_id = ANY(%(ids)s) AND state != 'stopped'
"""
# With its row a worker forgets what it has committed, and the broker might have that to deliver once more.
_FORGET = """
    DELETE FROM iot_runtime_worker
     WHERE kind = %(kind)s AND NOT EXISTS (SELECT 1 FROM %(table)s AS record WHERE record.id = res_id)
"""


class IotRuntimeWorker(models.Model):
    """What should be running for as long as a server runs, and how it is: one row a connection or poller.

    The row is written by the process that owns the worker, in transactions of its own; ``epoch`` grows with every
    change of owner, and a former owner that still tries to commit finds that out in the same transaction.
    """

    _name = "iot.runtime.worker"
    _description = "Runtime Worker"
    _inherit = ["fusion.kept.mixin"]
    _order = "kind, name, id"
    _log_access = False

    kind = fields.Char(readonly=True, required=True, help="What kind of work it is: mqtt, …")
    name = fields.Char(readonly=True, required=True)
    res_model = fields.Char(string="Model", readonly=True, required=True)
    res_id = fields.Many2oneReference(string="Record", model_field="res_model", readonly=True, required=True)
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    state = fields.Selection(
        STATES,
        readonly=True,
        required=True,
        default="waiting",
        help="Retrying: something that may pass, such as a broker that is away. Failed: something that a person has "
        "to correct, such as a wrong password; it is still tried again from time to time.",
    )
    current_state = fields.Selection(
        STATES,
        string="State now",
        compute="_compute_current_state",
        help="Waiting, too, when the owner is silent.",
    )
    state_since = fields.Datetime(string="State since", readonly=True)
    owner = fields.Char(readonly=True, help="Host and process that does the work.")
    connected_since = fields.Datetime(string="Connected since", readonly=True)
    last_error = fields.Char(string="Last error", readonly=True)
    last_error_at = fields.Datetime(string="Last error at", readonly=True)
    listed_at = fields.Datetime(string="Wanted since", readonly=True)
    beat_at = fields.Datetime(
        string="Last sign of life", readonly=True, help="The owner writes it every two seconds."
    )
    queue_depth = fields.Integer(
        string="Queue depth", readonly=True, aggregator="sum", help="Messages received, not yet committed."
    )
    lag = fields.Float(
        string="Lag (s)",
        readonly=True,
        digits=(12, 3),
        aggregator="max",
        help="From receipt to commit, of the slowest message of the last seconds. While more comes than can be "
        "committed: for how long that has been so.",
    )
    rate = fields.Float(
        string="Messages per second",
        readonly=True,
        digits=(12, 1),
        aggregator="sum",
        help="Over the last seconds.",
    )
    message_count = fields.Integer(string="Messages", readonly=True, help="Since the owner took it over.")
    error_count = fields.Integer(
        string="Problems",
        readonly=True,
        help="Messages that could not be understood or processed, since then.",
    )
    over_count = fields.Integer(
        string="Left out",
        readonly=True,
        help="Messages that came faster than they may, the last time that happened.",
    )
    over_since = fields.Datetime(string="Left out since", readonly=True)
    over_last = fields.Datetime(string="Last left out", readonly=True)
    over_source = fields.Char(string="Most of them from", readonly=True)
    full_since = fields.Datetime(
        string="Overloaded since", readonly=True, help="More comes than can be committed."
    )
    overload = fields.Text(
        compute="_compute_overload", help="What is lost or late although the worker runs, one line each."
    )
    details = fields.Json(
        string="Figures of its kind",
        readonly=True,
        help="What only workers of this kind have to say, by name, since the owner took it over.",
    )
    details_text = fields.Text(
        string="Details", compute="_compute_details_text", help="What only workers of this kind have to say."
    )
    epoch = fields.Integer(readonly=True, default=0)
    memo = fields.Json(
        string="Kept by its kind", readonly=True, help="What the next owner has to know of the ones before."
    )

    _worker_unique = models.Constraint("UNIQUE (kind, res_id)", "This worker is listed already.")

    @api.model
    def _wake(self, workers=()):
        """Tell the runtime, wherever it runs, that settings have changed; it hears it after the commit.

        :param workers: ``(kind, record id)`` of those that are concerned, where nothing has changed but that there is
            something new for them in the database: the others do not look then
        """
        told = [address(kind, res_id) for kind, res_id in sorted(workers)] or [""]
        self.env.cr.execute("SELECT pg_notify(%s, words) FROM unnest(%s) AS words", [CHANNEL, told])

    @api.model
    def _expect(self, kind, wanted, unwanted):
        """Say what should run from now on, and what no more, before a server takes notice: or, where there is no
        server that runs the runtime, nobody would ever miss it.

        :param wanted: recordset with ``name`` and ``company_id``
        :param unwanted: recordset of the same model
        """
        self.invalidate_model()
        values = self._listing(kind, wanted)
        self.env.cr.execute(_LIST, values)
        self.env.cr.execute(_RESTART, values)
        self.env.cr.execute(_STOP, {**values, "ids": unwanted.ids})

    @api.model
    def _list(self, kind, wanted):
        """Have a row for each of the records ``wanted`` of a kind, none for those that are gone; the rest is stopped.

        :param wanted: recordset with ``name`` and ``company_id``
        :return: dict of row ids by record id
        """
        values = self._listing(kind, wanted)
        cr = self.env.cr
        cr.execute(SQL(_FORGET, kind=kind, table=SQL.identifier(wanted._table)))
        cr.execute(_RENAME, values)
        cr.execute(_LIST, values)
        cr.execute(_RESTART, values)
        cr.execute("SELECT res_id, id FROM iot_runtime_worker WHERE kind = %(kind)s", values)
        rows = dict(cr.fetchall())
        cr.execute(_STOP, {**values, "ids": list(rows.keys() - set(wanted.ids))})
        return {res_id: rows[res_id] for res_id in wanted.ids}

    def _listing(self, kind, wanted):
        return {
            "kind": kind,
            "model": wanted._name,
            "now": fields.Datetime.now(),
            "ids": wanted.ids,
            "names": wanted.mapped("name"),
            "companies": [record.company_id.id or None for record in wanted],
        }

    @api.model
    def _health(self):
        """How the runtime is: whether everything that should run does, and since when not.

        :return: dict of ``alive``, ``since`` (ISO, UTC), ``reason`` and the ``workers`` this user may see
        """
        workers = self.search([("state", "!=", "stopped")])
        now = fields.Datetime.now()
        silent = workers & self._missed(now)
        since = min((worker._silent_since(now) for worker in silent), default=None)
        reason = ""
        if silent:
            names = ", ".join(silent.mapped("name"))
            reason = self.env._("Not running on any server: %s.", names)
        return {
            "alive": not silent,
            "since": since.isoformat() + "Z" if since else False,
            "reason": reason,
            "workers": [worker._described() for worker in workers],
        }

    @api.model
    def _missed(self, now):
        """The workers that should run, that no server has, and whose work nothing else does."""
        kinds = self.env["iot.runtime"]._kinds()
        replaced = [kind.name for kind in kinds if not getattr(kind, "is_missed", True)]
        workers = self.search([("state", "!=", "stopped"), ("kind", "not in", replaced)])
        return workers.filtered(lambda worker: worker._silent_since(now))

    @api.model
    def _nudge_health(self):
        """Have open screens ask how the runtime is."""
        self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ["runtime"], {})

    @api.model
    def health(self):
        """:meth:`_health`, for the web client."""
        return self._health()

    @api.depends("state", "beat_at", "listed_at")
    def _compute_current_state(self):
        now = fields.Datetime.now()
        for worker in self:
            worker.current_state = "waiting" if worker._silent_since(now) else worker.state

    @api.depends("kind", "over_count", "over_last", "over_source", "full_since", "details")
    def _compute_overload(self):
        now = fields.Datetime.now()
        for worker in self:
            worker.overload = "\n".join(worker._overload_lines(now))

    @api.depends("kind", "details")
    def _compute_details_text(self):
        for worker in self:
            shown = worker._details_shown()
            worker.details_text = "\n".join(f"{name}: {value}" for name, value in shown.items())

    def _details_shown(self):
        """The details that are shown as they are, by their names for people. A kind that has fields for its own leaves
        them out: extend.
        """
        return self.details or {}

    def _overload_lines(self, now):
        """What is lost or late although the worker runs. A kind that has more of it adds its lines: extend."""
        lines = []
        if self.full_since:
            lines.append(self._full_text(int((now - self.full_since).total_seconds() // 60)))
        if self.over_last and now - self.over_last < OVERLOAD_SHOWN:
            lines.append(
                self.env._(
                    "%(count)s messages came too fast and were left out, most of them of %(origin)s.",
                    count=formatLang(self.env, self.over_count, digits=0),
                    origin=self.over_source,
                )
            )
        return lines

    def _full_text(self, minutes):
        """That it gets more than it can take. A kind that knows what becomes of the rest says so: extend.

        :param minutes: for how long that has been so
        """
        return self.env._(
            "More messages come than can be stored, for %s minutes now: the rest comes late.", minutes
        )

    def _silent_since(self, now):
        """When the last sign of life of a worker came that should have given one since; else ``None``."""
        if self.state == "stopped":
            return None
        last = self.beat_at or self.listed_at or now
        return last if now - last > SILENT_AFTER else None

    @api.model
    def _silent_domain(self, now):
        """Those for which :meth:`_silent_since` gives a time, as a domain."""
        last = now - SILENT_AFTER
        never = Domain("beat_at", "=", False) & Domain("listed_at", "<", last)
        return Domain("state", "!=", "stopped") & (Domain("beat_at", "<", last) | never)

    def _described(self):
        return {
            "id": self.id,
            "kind": self.kind,
            "name": self.name,
            "res_model": self.res_model,
            "res_id": self.res_id,
            "state": self.current_state,
            "owner": self.owner or "",
            "last_error": self.last_error or "",
            "overload": self.overload or "",
            "lag": self.lag,
            "queue_depth": self.queue_depth,
            "rate": self.rate,
        }
