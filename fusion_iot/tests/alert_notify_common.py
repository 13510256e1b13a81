"""Alerts, receivers and turns of the sender, for the tests of notifications."""

from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, new_test_user

USER, MANAGER = "fusion_iot.group_iot_user", "fusion_iot.group_iot_manager"


class NotifyCase(TransactionCase):
    """No policy is there but those that a test makes; the time is told by the test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["iot.alert.policy"].search([]).active = False
        cls.env["iot.alert.rule"].search([]).enabled = False
        cls.env["iot.alert"].sudo().search([]).unlink()
        cls.env["iot.alert.delivery"].sudo().search([]).unlink()
        cls.now = fields.Datetime.now().replace(microsecond=0)
        cls.worker = new_test_user(cls.env, "notified", USER, email="notified@example.com", tz="UTC")
        cls.boss = new_test_user(cls.env, "notified boss", MANAGER, email="boss@example.com", tz="UTC")
        cls.rule = cls.env.ref("fusion_iot.alert_rule_device_offline")
        cls.deliveries = cls.env["iot.alert.delivery"]
        cls.planner = cls.env["iot.alert.planner"]

    def policy(self, **vals):
        nothing = {"tell_responsible": False, "email_from": False, "push_from": False, "app_from": False}
        return self.env["iot.alert.policy"].create(
            {"name": "Test", **nothing, "user_ids": self.worker.ids, **vals}
        )

    def device(self, name="Pump", **vals):
        return self.env["iot.device"].create({"name": name, "identifier": name, **vals})

    def alert(self, device=None, severity="warning", **vals):
        device = device or self.device(f"Pump {self.env['iot.device'].search_count([])}")
        return self.env["iot.alert"].sudo().create(self.alert_values(device, severity, **vals))

    def alert_values(self, device, severity="warning", **vals):
        return {
            "rule_id": self.rule.id,
            "alert_type": self.rule.alert_type,
            "severity": severity,
            "status": "active",
            "phase": "active",
            "is_active": True,
            "res_model": device._name,
            "res_id": device.id,
            "source_name": device.name,
            "company_id": device.company_id.id,
            "condition_since": self.now,
            "raised_at": self.now,
            "last_triggered_at": self.now,
            "told_at": self.now,
            "was_told": True,
            "trigger_count": 1,
            **vals,
        }

    def plan(self, seconds=0):
        self.planner._plan(self.now + timedelta(seconds=seconds))
        self.env.invalidate_all()

    def send(self, seconds=60):
        """Send what is due then, in the database."""
        self.env.flush_all()
        self.deliveries._send_inside(self.now + timedelta(seconds=seconds))
        self.env.flush_all()

    def respond(self, kind="activity", **vals):
        """Have the rule do something about its alerts, as if it had done so for an hour."""
        made = self.env["iot.alert.response"].create({"rule_id": self.rule.id, "kind": kind, **vals})
        self.env.flush_all()
        # The time of its making is that of the transaction.
        self.cr.execute("UPDATE iot_alert_response SET create_date = %s", [self.now - timedelta(hours=1)])
        return made

    def go(self, seconds=0):
        """Do what alerts have called for by then."""
        self.env["iot.alert.response"].sudo()._plan(self.now + timedelta(seconds=seconds))
        self.env.invalidate_all()
        self.send(seconds)

    def told(self, **values):
        """The deliveries so far, the first one first."""
        domain = [(name, "=", value) for name, value in values.items()]
        return self.deliveries.search(domain, order="id")

    def resolve(self, alert, seconds=0):
        at = self.now + timedelta(seconds=seconds)
        alert.write(
            {
                "status": "resolved",
                "phase": "resolved",
                "is_active": False,
                "cleared_at": at,
                "resolved_at": at,
            }
        )

    def reopen(self, alert, seconds):
        """It is active again, the same alert: the core tells nobody of that."""
        alert.write(
            {
                "status": "active",
                "phase": "active",
                "is_active": True,
                "cleared_at": False,
                "resolved_at": False,
                "last_triggered_at": self.now + timedelta(seconds=seconds),
                "trigger_count": alert.trigger_count + 1,
            }
        )

    def follows(self, alert, cause, **vals):
        """An alert that follows from another one: nobody is told of it."""
        alert.write({"is_suppressed": True, "is_quiet": True, "suppressed_by_id": cause.id, **vals})


class SenderCase(NotifyCase):
    def at(self, seconds):
        return self.now + timedelta(seconds=seconds)

    def jobs(self, seconds=60):
        self.env.flush_all()
        return self.deliveries.sudo()._claim_jobs(8, self.at(seconds))

    def sent_mail(self):
        """One alert that is told by e-mail: the delivery and the mail."""
        self.policy(email_from="warning")
        self.alert()
        self.plan()
        self.send()
        return self.told(), self.told().mail_id

    def run_jobs(self, seconds=60):
        """Send what is due outside the database, and note what became of it."""
        jobs = self.jobs(seconds)
        self.deliveries.sudo()._conclude([(job, job.run()) for job in jobs], self.at(seconds))
        return jobs
