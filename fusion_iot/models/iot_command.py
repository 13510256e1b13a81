import json
import logging
import uuid
from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup
from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.fusion_iot_base.transactions import database_unavailable, read_committed
from odoo.exceptions import ConcurrencyError, UserError
from odoo.tools import SQL
from psycopg2.errors import UniqueViolation

from ..runtime.registry import is_outdated
from ..runtime.transient import in_words, is_transient
from ..storable import storable

_logger = logging.getLogger(__name__)

STATES = [
    ("queued", "Queued"),
    ("sent", "Sent"),
    ("done", "Done"),
    ("failed", "Failed"),
    ("expired", "Expired"),
]
OPEN = ("queued", "sent")
LONGEST_S = 3_600
# What a device that never answers can have waiting, whoever or whatever goes on asking.
MOST_OPEN = 50
KEPT = timedelta(days=90)
RESULTS_KEPT = timedelta(days=1)
MOST_KEPT = 100_000
TEXT_SHOWN = 2_000
_GC_SLICE = 5_000

# Marked as sent before it is: a worker that dies in between has not sent it, and nobody sends it again. What switches
# an oven is sent once at most, and where no answer comes, a person looks.
_TAKE = """
    UPDATE iot_command
       SET state = 'sent', sent_at = clock_timestamp() AT TIME ZONE 'UTC'
     WHERE id IN (SELECT id FROM iot_command
                   WHERE state = 'queued' AND transport = %(transport)s AND device_id = ANY(%(devices)s)
                     AND deadline > clock_timestamp() AT TIME ZONE 'UTC'
                     AND (%(only)s::bigint[] IS NULL OR id = ANY(%(only)s::bigint[]))
                   ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
 RETURNING id
"""
# In order of id, as in the other statements: whoever waits for somebody waits for one that does not wait for him.
_END = """
    UPDATE iot_command command
       SET state = said.state, answer = nullif(said.answer, ''), result = said.result::jsonb,
           ended_at = clock_timestamp() AT TIME ZONE 'UTC',
           duration = extract(epoch FROM clock_timestamp() AT TIME ZONE 'UTC' - coalesce(sent_at, create_date))
      FROM unnest(%(id)s::bigint[], %(state)s::text[], %(answer)s::text[], %(result)s::text[])
        AS said(id, state, answer, result)
     WHERE command.id IN (SELECT id FROM iot_command WHERE id = ANY(%(id)s::bigint[]) AND state IN ('queued', 'sent')
                           ORDER BY id FOR UPDATE)
       AND command.id = said.id
 RETURNING command.id
"""
_OVERDUE = """
    SELECT id FROM iot_command
     WHERE state IN ('queued', 'sent') AND deadline <= clock_timestamp() AT TIME ZONE 'UTC'
"""
_OUTCOMES = """
    SELECT id, summary, state, coalesce(answer, '') AS answer, result FROM iot_command
     WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id
"""
_FORGET_RESULTS = """
    UPDATE iot_command SET result = NULL
     WHERE id IN (SELECT id FROM iot_command WHERE result IS NOT NULL AND ended_at < %(before)s
                   ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""
_FORGET = """
    DELETE FROM iot_command
     WHERE id IN (SELECT id FROM iot_command
                   WHERE state NOT IN ('queued', 'sent')
                     AND (ended_at < %(before)s
                          OR id <= (SELECT id FROM iot_command ORDER BY id DESC OFFSET %(kept)s LIMIT 1))
                   ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""


class IotCommand(models.Model):
    """Something that a device, or a box, is to do: the one way out to it.

    It is handed to the transport of the device, and is *done* when the device says so. If nothing comes back before the
    deadline, it has *expired*, and nobody knows whether it was done. A transport sends what is queued, in
    :meth:`_dispatch` or from a worker with :meth:`_take`, and reports what became of it with :meth:`_conclude`.
    """

    _name = "iot.command"
    _description = "Device Command"
    _inherit = ["fusion.growing.mixin", "fusion.kept.mixin"]
    _order = "id desc"
    _rec_name = "summary"

    key = fields.Char(
        string="Idempotency key",
        readonly=True,
        required=True,
        default=lambda self: uuid.uuid4().hex,
        copy=False,
        help="Asking twice with one key is one command.",
    )
    device_id = fields.Many2one("iot.device", readonly=True, ondelete="cascade")
    box_id = fields.Many2one(
        "iot.box",
        string="Box",
        readonly=True,
        ondelete="cascade",
        index="btree_not_null",
        help="Of what the box does.",
    )
    switch_id = fields.Many2one(
        "iot.device.switch", readonly=True, ondelete="set null", index="btree_not_null"
    )
    company_id = fields.Many2one("res.company", readonly=True, index="btree_not_null")
    summary = fields.Char(string="Command", readonly=True, required=True)
    action = fields.Char(
        readonly=True, required=True, help="As the transport, or the driver of the device, has it."
    )
    data = fields.Json(readonly=True)
    transport = fields.Char(readonly=True, required=True)
    state = fields.Selection(
        STATES,
        readonly=True,
        required=True,
        default="queued",
        help="Queued: it waits to be sent. Sent: the device has not answered yet. Done: the device has said so. "
        "Failed: it could not be sent, or the device refused. Expired: no answer came in time; whether it was done is "
        "unknown.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Asked by",
        readonly=True,
        required=True,
        default=lambda self: self.env.user,
        index=True,
    )
    deadline = fields.Datetime(
        readonly=True, required=True, help="It is not sent after this, and no answer is waited for."
    )
    timeout = fields.Float(string="Within (s)", readonly=True, digits=(12, 1), aggregator=None)
    sent_at = fields.Datetime(string="Sent", readonly=True)
    ended_at = fields.Datetime(string="Ended", readonly=True, index="btree_not_null")
    duration = fields.Float(
        string="Took (s)", readonly=True, digits=(12, 3), aggregator="avg", help="From sending to the answer."
    )
    answer = fields.Text(readonly=True, help="What the device said, or why there is nothing from it.")
    result = fields.Json(readonly=True, help="The same, for programs.")
    done_text = fields.Char(string="Said when done", readonly=True)
    is_audited = fields.Boolean(string="In the chatter", readonly=True)
    call_session = fields.Char(
        string="Session of the call", readonly=True, copy=False, groups="base.group_system"
    )

    _key_unique = models.UniqueIndex("(key)", "This command exists already.")
    _session_unique = models.UniqueIndex("(call_session) WHERE call_session IS NOT NULL")
    _open_idx = models.Index("(device_id, id) WHERE state IN ('queued', 'sent')")
    _deadline_idx = models.Index("(deadline) WHERE state IN ('queued', 'sent')")
    _device_idx = models.Index("(device_id, id)")

    def _keeper(self, field):
        return self.env._("who asked and what the device says")

    # Asking

    @api.model
    def _queue(self, target, action, data, seconds, key=None, **values):
        """Have ``target`` do something; whether it may be asked was looked at before.

        :param target: one record of a model with `iot.commandable.mixin`
        :param seconds: until the deadline
        :param key: idempotency key, which no command has yet
        """
        commands = self.sudo()
        of_target = [(target._command_field, "=", target.id), ("state", "in", OPEN)]
        waiting = commands.search_count(of_target, limit=MOST_OPEN)
        if waiting >= MOST_OPEN:
            commands._expire(commands.search(of_target).ids)
            waiting = commands.search_count(of_target, limit=MOST_OPEN)
        if waiting >= MOST_OPEN:
            raise UserError(
                self.env._(
                    "%(name)s has %(count)s commands waiting. Wait until they are done or have expired.",
                    name=target.display_name,
                    count=waiting,
                )
            )
        seconds = max(0.1, min(LONGEST_S, target._patience(seconds)))
        vals = {
            "action": action,
            "data": data or {},
            "transport": target._transport(),
            "timeout": seconds,
            "deadline": self._clock() + timedelta(seconds=seconds),
            "company_id": target.sudo().company_id.id,
            target._command_field: target.id,
            **values,
        }
        if key:
            vals["key"] = key
        try:
            with self.env.cr.savepoint():
                command = commands.create(vals)
        except UniqueViolation as exc:
            # Somebody else asked with this key at the same moment: repeated, this finds that one.
            raise ConcurrencyError(f"The command {key} was asked for twice at once") from exc
        command._audit({command.id: self.env._("Command: %s", command.summary)})
        command._dispatch()
        command._nudge()
        return command

    @api.model
    def _known(self, target, action, data, key):
        """The command that was asked for with this idempotency key before, or an empty recordset.

        :raise UserError: where that was another one
        """
        known = self.sudo().search([("key", "=", key)]) if key else self.sudo().browse()
        if known and (
            (known.device_id or known.box_id) != target
            or known.action != action
            or (known.data or {}) != json.loads(json.dumps(data or {}))
        ):
            raise UserError(self.env._("The key %s is that of another command.", key))
        return known

    def _clock(self):
        """The time of the database, by which deadlines are kept; that of the transaction may be long ago."""
        self.env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        return self.env.cr.fetchone()[0]

    def _dispatch(self):
        """Hand queued commands to their transports. One whose worker takes them needs nothing but a wake-up of it."""
        unknown, concerned = False, set()
        for target in {command.device_id or command.box_id for command in self}:
            workers = target._command_workers()
            unknown |= not workers
            concerned |= workers
        self.env["iot.runtime.worker"]._wake(() if unknown else concerned)

    # What transports tell

    @api.model
    def _take(self, transport, device_ids, most, only=None):
        """Mark commands as sent that are queued for some devices, the oldest first.

        To be committed before they are sent; what is not sent then will expire.

        :param only: ids of the commands that come into question; ``None``: all
        :return: the commands
        """
        self.flush_model()
        values = {"transport": transport, "devices": list(device_ids), "most": most, "only": only}
        self.env.cr.execute(_TAKE, values)
        commands = self.browse(sorted(command_id for (command_id,) in self.env.cr.fetchall()))
        self.invalidate_model()
        commands._nudge()
        return commands

    @api.model
    def _conclude(self, outcomes):
        """Say what became of commands. One that has ended already stays as it was.

        :param outcomes: whether it was done, words for people, and what JSON can express for programs, by id
        """
        self._end(
            {
                command_id: ("done" if done else "failed", text, result)
                for command_id, (done, text, result) in outcomes.items()
            }
        )

    @api.model
    def _expire(self, ids=None):
        """End the commands whose deadline has passed: all of them, or those of ``ids``."""
        self.flush_model()
        query = SQL(_OVERDUE) if ids is None else SQL("%s AND id = ANY(%s)", SQL(_OVERDUE), list(ids))
        self.env.cr.execute(SQL("%s ORDER BY id FOR UPDATE SKIP LOCKED", query))
        overdue = self.browse([command_id for (command_id,) in self.env.cr.fetchall()])
        overdue.invalidate_recordset()
        self._end({command.id: ("expired", command._expired_text(), None) for command in overdue})
        return len(overdue)

    @api.model
    def _expire_overdue(self):
        """For the scheduler: what no worker and no screen has found overdue.

        Where an addon's mistake forbids that, they are ended one by one, and its own stay.
        """
        read_committed(self.env.cr)
        if not self._tried_to_expire():
            self.env.cr.execute(_OVERDUE)
            for (command_id,) in self.env.cr.fetchall():
                self._tried_to_expire([command_id])

    @api.model
    def _tried_to_expire(self, ids=None):
        try:
            with self.env.cr.savepoint():
                self._expire(ids)
        except Exception as exc:
            if database_unavailable(exc):
                raise
            _logger.exception("Overdue commands could not be ended: %s", "all" if ids is None else ids)
            return False
        return True

    @api.model
    def _end(self, ends):
        if not ends:
            return
        self.flush_model()
        ids = sorted(ends)
        states, answers, results = zip(*(ends[command_id] for command_id in ids), strict=True)
        self.env.cr.execute(
            _END,
            {
                "id": ids,
                "state": list(states),
                "answer": [storable((text or "")[:TEXT_SHOWN]) for text in answers],
                "result": [None if result is None else json.dumps(result) for result in results],
            },
        )
        ended = self.browse(sorted(command_id for (command_id,) in self.env.cr.fetchall()))
        self.invalidate_model()
        if ended:
            ended._note_answered()
            ended._apart("_audit_ended")
            ended._tell_ended()
            ended._apart("_on_ended")

    def _note_answered(self):
        """Who has done what it was told was heard then, and what it switched is as it was told."""
        done = self.filtered(lambda command: command.state == "done")
        self.env["iot.device.switch"]._note_states(
            {
                command.switch_id.id: (command.data["on"], command.ended_at)
                for command in done
                if command.switch_id
            }
        )
        devices = done.device_id
        reporters = {(device.identifier, device.company_id.id or None) for device in devices}
        # A box also reports what is plugged in.
        self.env["iot.device"]._note_seen(reporters, fields.Datetime.now(), presence_reported=True)

    def _audit_ended(self):
        """By nobody in person: whose screen has found it overdue has done nothing to it."""
        texts = {command.id: command._ended_text() for command in self}
        self.with_user(SUPERUSER_ID)._audit(texts)

    def _tell_ended(self):
        self._nudge()
        # Whoever waits for it hears at once; a nudge may have to wait, and is for all.
        for user, commands in self.grouped("user_id").items():
            user._bus_send("fusion_iot/command", {"ids": commands.ids})

    def _on_ended(self):
        """Called with commands (superuser) that have been done, have failed or have expired, in this transaction.

        They have ended, whatever this raises: what it did for a command is rolled back then, and the error is noted in
        the chatter of its device. Addons that act on the end of commands add to this.
        """

    def _apart(self, method):
        """Call a method in which addons have a say; the commands at which it fails are told apart by halves."""
        try:
            with self.env.cr.savepoint():
                getattr(self, method)()
        except Exception as exc:
            if (
                isinstance(exc, ConcurrencyError)
                or is_transient(exc)
                or is_outdated(self.env.cr, self.env.registry)
            ):
                raise
            if len(self) > 1:
                half = len(self) // 2
                self[:half]._apart(method)
                self[half:]._apart(method)
                return
            _logger.exception("%s cannot be called for the command %s (%s).", method, self.id, self.summary)
            if method == "_on_ended":
                self.with_context(error_at_end=in_words(exc))._apart("_audit_error")

    def _audit_error(self):
        env = self.with_context(lang=self.user_id.lang).env
        text = env._(
            "%(command)s: an addon could not act on its end: %(error)s",
            command=self.summary,
            error=self.env.context["error_at_end"],
        )
        self._note({self.id: text})

    # Words

    def _expired_text(self):
        """Why nothing came, for the one who asked."""
        self.ensure_one()
        env = self.with_context(lang=self.user_id.lang).env
        name = (self.device_id or self.box_id).display_name
        seconds = max(1, round(self.timeout))
        if self.state == "queued":
            return env._(
                "It was not sent within %(seconds)s seconds: nothing reached %(name)s.",
                name=name,
                seconds=seconds,
            )
        return env._("%(name)s did not answer within %(seconds)s seconds.", name=name, seconds=seconds)

    def _ended_text(self):
        self.ensure_one()
        env = self.with_context(lang=self.user_id.lang).env
        state = dict(self._fields["state"]._description_selection(env))[self.state]
        return env._(
            "%(command)s: %(state)s. %(answer)s", command=self.summary, state=state, answer=self.answer or ""
        )

    def _audit(self, texts):
        """Note something in the chatter of devices, of those of the commands whose effect people want to trace."""
        self.filtered("is_audited")._note(texts)

    def _note(self, texts):
        bodies = defaultdict(lambda: defaultdict(Markup))
        for command in self:
            for record in (command.device_id or command.box_id)._command_threads():
                bodies[record._name][record.id] += Markup("<p>%s</p>") % texts[command.id]
        for model, by_id in bodies.items():
            self.env[model].browse(by_id)._message_log_batch(bodies=dict(by_id))

    def _nudge(self):
        if self:
            self.env["iot.nudge"]._nudge(
                "fusion_iot.group_iot_user", ("command",), {"device_ids": self.device_id.ids}
            )

    # For who waits

    def outcome(self):
        """How commands are, for the web client.

        :return: a list of dicts of ``id``, ``summary``, ``state``, ``answer`` (for people) and ``result`` (for
            programs)
        """
        self.check_access("read")
        self.sudo()._expire(self.ids)
        # As it was stored: to the ORM, a result of 0 and none at all are the same.
        self.env.cr.execute(_OUTCOMES, {"ids": self.ids})
        return self.env.cr.dictfetchall()

    def _awaited(self):
        """An action that has the web client wait for these and say what became of them."""
        return {"type": "ir.actions.client", "tag": "fusion_iot_await", "params": {"ids": self.ids}}

    # Growth

    @api.autovacuum
    def _gc_results(self):
        """Forget what programs were told a day ago: a box may answer with a picture."""
        self.flush_model()
        self.env.cr.execute(
            _FORGET_RESULTS, {"before": fields.Datetime.now() - RESULTS_KEPT, "most": _GC_SLICE}
        )
        count = self.env.cr.rowcount
        self.invalidate_model(["result"])
        return count, count == _GC_SLICE

    @api.autovacuum
    def _gc_old(self):
        """Forget what ended 90 days ago, and what is more than 100,000 commands ago."""
        self.flush_model()
        before = fields.Datetime.now() - KEPT
        self.env.cr.execute(_FORGET, {"before": before, "kept": MOST_KEPT, "most": _GC_SLICE})
        count = self.env.cr.rowcount
        self.invalidate_model()
        return count, count == _GC_SLICE
