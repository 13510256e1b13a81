import time

from odoo import SUPERUSER_ID, api, fields, models
from odoo.addons.fusion_iot_base.transactions import read_committed

from ..runtime.notify.kind import NAME, NotifyKind
from .iot_runtime_worker import SILENT_AFTER

CRON_S = 40.0
MOST_OUTSIDE = 8


class IotAlertNotifier(models.Model):
    """The one sender of a database; the record is what the runtime lists it by."""

    _name = "iot.alert.notifier"
    _description = "Sender of Notifications"
    _inherit = ["fusion.kept.mixin"]

    name = fields.Char(required=True, readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)

    @api.model
    def _wanted(self):
        """The sender, wherever a runtime is: a copy of a database leaves it to the original."""
        if not self.env["iot.runtime.worker"]._at_home():
            return self.browse()
        notifier = self.env.ref("fusion_iot.alert_notifier", raise_if_not_found=False)
        return notifier.sudo() if notifier else self.browse()

    @api.model
    def _turn(self, outcomes, room):
        """One turn, in one transaction: what became of what was sent, what is to be told now, what is due.

        :param outcomes: jobs of the turns before and their `Outcome`
        :param room: for how many more jobs
        :return: jobs, to be run once this is committed
        """
        now = fields.Datetime.now()
        deliveries = self.env["iot.alert.delivery"].sudo()
        deliveries._conclude(outcomes, now)
        deliveries._take_up(now)
        deliveries._follow_mails(now)
        self.env["iot.alert.planner"].sudo()._plan(now)
        self.env["iot.alert.response"].sudo()._plan(now)
        deliveries._send_inside(now)
        jobs = deliveries._claim_jobs(room, now)
        self.env.flush_all()
        return jobs

    @api.model
    def _cron_notify(self):
        """Tell people where no server runs the runtime. Does nothing where one does, or in a copy of a database."""
        if self._has_worker() or self.env["iot.runtime.worker"]._is_copy():
            return
        until, outcomes, jobs = time.monotonic() + CRON_S, [], [None]
        while outcomes or jobs:
            room = MOST_OUTSIDE if time.monotonic() < until else 0
            with self.env.registry.cursor() as cr:
                read_committed(cr)
                jobs = self.with_env(api.Environment(cr, SUPERUSER_ID, {}))._turn(outcomes, room)
            outcomes = [(job, job.run()) for job in jobs]

    @api.model
    def _has_worker(self):
        """Whether the runtime has a worker that sends."""
        worker = self.env["iot.runtime.worker"].sudo().search([("kind", "=", NAME)], limit=1)
        if not worker or worker.state == "stopped" or not worker.beat_at:
            return False
        return fields.Datetime.now() - worker.beat_at <= SILENT_AFTER


class IotRuntime(models.AbstractModel):
    """The sender is a worker of the runtime."""

    _inherit = "iot.runtime"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _kinds(self):
        return [*super()._kinds(), NotifyKind()]
