import json
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.fusion_iot_base.transactions import read_committed
from odoo.exceptions import AccessError, UserError

from .iot_box_pairing import DEAF_S
from .iot_commandable_mixin import OPERATOR

TRANSPORT = "box"
# Odoo closes every websocket after an hour or so, and the client is back ten seconds later.
BACK_WITHIN_S = 15.0
# A device that no box has: the box answers at once that it is not there, which proves the way there and back.
PING = "fusion-ping"
PING_GOOD_FOR_S = 600
# A box from which nothing was heard for so long is asked every minute, is offline when it has not answered three
# times, and is asked no more when it never does.
QUIET_S = 50
# A scale that weighs something tells it five times a second. Each time that the box is written to, somebody who is
# just saving it would have to start over.
HEARD_EVERY_S = 10
GONE_S = 200
GIVEN_UP_S = 3600

_ANSWER = """
    UPDATE iot_box_call
       SET answer = %(answer)s::jsonb, answered_at = now() AT TIME ZONE 'UTC'
     WHERE session = %(session)s AND box_id = %(box_id)s AND answered_at IS NULL
       AND expires_at > now() AT TIME ZONE 'UTC'
 RETURNING id
"""

_HEARD = """
    UPDATE iot_box
       SET last_seen = now() AT TIME ZONE 'UTC'
     WHERE id IN (SELECT id FROM iot_box
                   WHERE id = %(box_id)s
                     AND (last_seen IS NULL OR last_seen < now() AT TIME ZONE 'UTC' - %(every)s * interval '1 second')
                     FOR NO KEY UPDATE SKIP LOCKED)
"""


class IotBoxCall(models.Model):
    """A message to a box that only shows whether it is there. What people ask of it is an `iot.command`.

    The box sends its session back. It is unguessable and was told to that box only, so that it tells an answer from
    anything else that calls itself the box.
    """

    _name = "iot.box.call"
    _description = "Call to an IoT Box"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _stays_small = "as long as somebody waits"
    _log_access = False

    box_id = fields.Many2one("iot.box", required=True, ondelete="cascade", index=True)
    session = fields.Char(required=True)
    expires_at = fields.Datetime(string="Expires at", required=True)
    answered_at = fields.Datetime(string="Answered at")
    answer = fields.Json()

    _session_unique = models.UniqueIndex("(session)", "This call exists already.")


class IotBox(models.Model):
    """What a box is told, and asked: nobody here waits for it."""

    _inherit = "iot.box"  # pylint: disable=consider-merging-classes-inherited

    _command_field = "box_id"

    def _transport(self):
        return TRANSPORT

    def _check_command(self, action, data):
        super()._check_command(action, data)
        self._check_is_there()

    def _patience(self, seconds):
        return super()._patience(seconds) + (0.0 if self.online else BACK_WITHIN_S)

    def _check_is_there(self):
        """Raise unless the box is online, or was a moment ago: then it should be back in time."""
        gone_at = self.gone_at
        was_there = gone_at and (fields.Datetime.now() - gone_at).total_seconds() < BACK_WITHIN_S
        if not (self.online or was_there):
            raise UserError(self.env._("%s is not connected.", self.name))

    def _call(self, kind, payload, good_for):
        """Send a message that the box is to answer within ``good_for`` seconds; the session of the call."""
        session = secrets.token_urlsafe(24)
        self.env["iot.box.call"].create(
            {
                "box_id": self.id,
                "session": session,
                "expires_at": fields.Datetime.now() + timedelta(seconds=good_for + 1),
            }
        )
        self._tell(kind, {**payload, "session_id": session})
        return session

    def _take_answer(self, session, answer):
        """Hand an answer to who waits for it: once, in time, and from the box that was asked.

        :return: whether somebody does
        """
        self.env["iot.box.call"].flush_model()
        self.env.cr.execute(
            _ANSWER, {"session": session, "box_id": self.id, "answer": json.dumps(answer, allow_nan=False)}
        )
        taken = bool(self.env.cr.fetchall())
        if taken:
            self.env["iot.box.call"].invalidate_model()
        else:
            taken = self.env["iot.command"]._take_box_answer(self, session, answer)
        if taken:
            self._note_heard()
            if self.socket and not self.online:
                self._note_back()
        return taken

    def _note_heard(self):
        """The box is there. Not while somebody is writing to it: who waits for its answer may be the one."""
        self.flush_recordset(["last_seen"])
        self.env.cr.execute(_HEARD, {"box_id": self.id, "every": HEARD_EVERY_S})
        self.invalidate_recordset(["last_seen"])

    @api.model
    def _check_presence(self):
        """Find the boxes that are gone without a goodbye to anybody, as when their server was killed.

        One that is only busy answers later, and is there again: it carries out one message after the other. One that
        is written to at this moment has its turn the next time.
        """
        read_committed(self.env.cr)
        self.env["iot.box.call"].search([("expires_at", "<", fields.Datetime.now())]).unlink()
        boxes = self.search([("socket", "!=", False)]).try_lock_for_update(allow_referencing=True)
        boxes.invalidate_recordset()
        now = fields.Datetime.now()
        for box in boxes.filtered("socket"):
            quiet = (now - box.last_seen).total_seconds()
            if quiet > GONE_S and box.online:
                box._note_silent()
            if quiet > GIVEN_UP_S:
                box.socket = False
            elif quiet > QUIET_S:
                box._call("iot_action", {"device_identifiers": [PING]}, PING_GOOD_FOR_S)

    def action_ping(self):
        """See whether a message gets to the box and back, for those who may tell its devices what to do."""
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group(OPERATOR):
            raise AccessError(
                self.env._(
                    "You may not check %(box)s. It takes the right %(right)s. Ask your administrator.",
                    box=self.name,
                    right=self.env.ref(OPERATOR).sudo().full_name,
                )
            )
        command = self.sudo()._command(
            "iot_action", {"device_identifiers": [PING]}, summary=self.env._("Check whether it answers")
        )
        return command._awaited()

    def action_test_connection(self):
        """Let the box measure its network."""
        self.ensure_one()
        command = self._command("test_connection", seconds=20.0, summary=self.env._("Test of its network"))
        return command._awaited()

    def action_restart(self):
        """Restart the software of the box."""
        commands = self.env["iot.command"]
        for box in self:
            commands += box._command(
                "restart_odoo", seconds=DEAF_S, summary=self.env._("Restart"), is_audited=True
            )
        return commands._awaited()

    def _answer_text(self, action, result, seconds):
        """What a box says when it has done something, in words.

        :param seconds: that it took
        """
        if action == "iot_action":
            return self.env._("%(box)s answered after %(ms)s ms.", box=self.name, ms=round(seconds * 1000))
        if action == "restart_odoo":
            return self.env._("It restarts, and is back in about a minute.")
        if action == "test_connection":
            return self._network_text(result if isinstance(result, dict) else {})
        return in_words(result)

    def _network_text(self, told):
        qualities = {
            "fast": self.env._("fast"),
            "normal": self.env._("normal"),
            "slow": self.env._("slow"),
            "unreachable": self.env._("not reachable"),
        }
        unknown = self.env._("unknown")
        return self.env._(
            "Its own network: %(lan)s. The internet: %(wan)s.",
            lan=qualities.get(str(told.get("lan_quality")), unknown),
            wan=qualities.get(str(told.get("wan_quality")), unknown),
        )


def in_words(result):
    """What came back, for people."""
    return "" if result is None else result if isinstance(result, str) else json.dumps(result)
