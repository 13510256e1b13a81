import time

from odoo import api, fields, models

from ..runtime.notify.jobs import attempt
from ..runtime.notify.worker import NotifyKind

CRON_S = 40.0
MOST_OUTSIDE = 8


class IotAlertNotifier(models.Model):
    """The one sender of a database."""

    _name = "iot.alert.notifier"
    _description = "Sender of Notifications"
    _inherit = ["iot.runtime.single.mixin"]

    _runtime_kind = NotifyKind.name
    _single_record = "fusion_iot.alert_notifier"

    def _spec(self):
        return self.name

    @api.model
    def _turn(self, outcomes, room, at_once=False):
        """One turn, in one transaction: what became of what was sent, what is to be told now, what is due.

        :param outcomes: jobs of the turns before and their `Outcome`
        :param room: for how many more jobs
        :param at_once: what waits for company is sent without it
        :return: jobs, to be run once this is committed
        """
        now = fields.Datetime.now()
        deliveries = self.env["iot.alert.delivery"].sudo()
        deliveries._conclude(outcomes, now)
        deliveries._take_up(now)
        deliveries._follow_mails(now)
        self.env["iot.alert.planner"].sudo()._plan(now)
        self.env["iot.alert.response"].sudo()._plan(now)
        if at_once:
            deliveries._hurry(now)
        deliveries._send_inside(now)
        jobs = deliveries._claim_jobs(room, now)
        self.env.flush_all()
        return jobs

    @api.model
    def _cron_notify(self):
        """Tell people where no server runs the runtime. Does nothing where one does, or in a copy of a database.

        What belongs into a message has come together by then, and the next run may be a minute later.
        """
        if self._is_left_to_others():
            return
        until, outcomes, jobs = time.monotonic() + CRON_S, [], [None]
        while outcomes or jobs:
            room = MOST_OUTSIDE if time.monotonic() < until else 0
            with self._apart() as apart:
                jobs = apart._turn(outcomes, room, at_once=True)
            outcomes = [(job, attempt(job)) for job in jobs]
