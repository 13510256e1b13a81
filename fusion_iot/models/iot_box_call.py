import json
import secrets
import time
from contextlib import contextmanager
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.fusion_iot_base.transactions import read_committed
from odoo.exceptions import UserError

from .iot_box_pairing import DEAF_S

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
    """A message to a box that is to be answered, as long as somebody waits for it.

    The box sends its session back. It is unguessable and was told to that box only, so that it tells an answer from
    anything else that calls itself the box.
    """

    _name = "iot.box.call"
    _description = "Call to an IoT Box"
    _inherit = ["fusion.kept.mixin"]
    _log_access = False

    box_id = fields.Many2one("iot.box", required=True, ondelete="cascade", index=True)
    session = fields.Char(required=True)
    expires_at = fields.Datetime(string="Expires at", required=True)
    answered_at = fields.Datetime(string="Answered at")
    answer = fields.Json()

    _session_unique = models.UniqueIndex("(session)", "This call exists already.")


class IotBox(models.Model):
    _inherit = "iot.box"  # pylint: disable=consider-merging-classes-inherited

    def _ask(self, kind, payload=None, timeout=5.0):
        """Send a message to the box and wait for its answer.

        It is sent by a transaction of its own: what the caller has not committed is not visible to it, and rolling the
        caller back does not take it back.

        :param kind: type of the message (`websocket_client.on_message` of the client)
        :param payload: further keys of the message
        :param timeout: seconds
        :return: what the box sent back: ``status`` and, with most messages, ``result``
        """
        self.ensure_one()
        box_id, name = self.id, self.name
        if not self._is_there():
            raise UserError(self.env._("%s is not connected.", name))
        with self._apart() as env:
            session = env["iot.box"].browse(box_id)._call(kind, payload or {}, timeout)
        end, pause = time.monotonic() + timeout, 0.02
        while True:
            with self._apart() as env:
                call = env["iot.box.call"].search([("session", "=", session)])
                answered, answer, late = call.answered_at, call.answer, time.monotonic() > end
                if answered or late:
                    call.unlink()
            if answered:
                return answer
            if late:
                raise UserError(
                    self.env._(
                        "%(box)s did not answer within %(seconds)s seconds.", box=name, seconds=round(timeout)
                    )
                )
            time.sleep(pause)
            pause = min(0.2, pause * 1.5)

    def _is_there(self):
        """Whether the box is online. If it was a moment ago, wait until it should be back."""
        gone_at = self.gone_at
        online = self.online
        while not online and gone_at and (fields.Datetime.now() - gone_at).total_seconds() < BACK_WITHIN_S:
            time.sleep(0.5)
            with self._apart() as env:
                online = env["iot.box"].browse(self.id).exists().online
        return online

    @contextmanager
    def _apart(self):
        """An environment with a transaction of its own.

        One that fails because an answer arrives at the same moment would let Odoo repeat the request, and the box do
        twice what it was asked.
        """
        with self.env.registry.cursor() as cr:
            read_committed(cr)
            yield api.Environment(cr, SUPERUSER_ID, {})

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
        """See whether a message gets to the box and back."""
        self.ensure_one()
        began = time.monotonic()
        self._ask("iot_action", {"device_identifiers": [PING]})
        return self._told_user(
            self.env._(
                "%(box)s answered after %(ms)s ms.",
                box=self.name,
                ms=round((time.monotonic() - began) * 1000),
            )
        )

    def action_test_connection(self):
        """Let the box measure its network."""
        self.ensure_one()
        self.check_access("write")
        result = self._ask("test_connection", timeout=20.0).get("result")
        told = result if isinstance(result, dict) else {}
        qualities = {
            "fast": self.env._("fast"),
            "normal": self.env._("normal"),
            "slow": self.env._("slow"),
            "unreachable": self.env._("not reachable"),
        }
        unknown = self.env._("unknown")
        return self._told_user(
            self.env._(
                "Its own network: %(lan)s. The internet: %(wan)s.",
                lan=qualities.get(str(told.get("lan_quality")), unknown),
                wan=qualities.get(str(told.get("wan_quality")), unknown),
            )
        )

    def action_restart(self):
        """Restart the software of the box."""
        self.check_access("write")
        for box in self:
            box._ask("restart_odoo", timeout=DEAF_S)
        return self._told_user(self.env._("It restarts, and is back in about a minute."))

    def _told_user(self, message):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"message": message, "type": "success"},
        }
