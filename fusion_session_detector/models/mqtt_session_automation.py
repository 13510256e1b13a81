import logging

from odoo import models
from odoo.addons.fusion_iot.runtime.transient import in_words, is_transient

_logger = logging.getLogger(__name__)

ON_CREATE = ["on_create", "on_create_or_write", "on_state_set"]
ON_WRITE = ["on_write", "on_create_or_write", "on_state_set"]
# What is known to have been different before a session ended.
_BEFORE = {"status": "running", "end_time": False, "end_reason": False}


class MqttSession(models.Model):
    """Automation rules on what the engine writes by SQL, where there are such rules.

    `base.automation` replaces `create` and `write` of a model that has rules; so this finds out that there are none
    without asking the database. A session that starts is one that is created to the rules, and one that ends one that
    is updated.
    """

    _inherit = "mqtt.session"  # pylint: disable=consider-merging-classes-inherited

    def _run_rules(self, written):
        """Run the rules on sessions that have started or ended; see :meth:`_follow_up`."""
        if written.started and self._has_rules("create"):
            started = self.browse(written.started)
            for rule in self.env["base.automation"]._get_actions(started, ON_CREATE):
                started._run_rule(rule.with_context(old_values=None))
        ended = self.browse(written.ended) - self.browse(written.started)
        if ended and self._has_rules("write"):
            old_values = dict.fromkeys(ended.ids, _BEFORE)
            for rule in self.env["base.automation"]._get_actions(ended, ON_WRITE):
                ended._as_before(rule._filter_pre)._run_rule(rule.with_context(old_values=old_values))

    def _has_rules(self, method):
        return "base.automation" in self.env and hasattr(getattr(self.pool[self._name], method), "origin")

    def _as_before(self, look):
        """What ``look`` makes of these sessions as they were before they ended."""
        for name, value in _BEFORE.items():
            field = self._fields[name]
            for session in self:
                field._update_cache(session, field.convert_to_cache(value, session))
        try:
            return look(self)
        finally:
            self.invalidate_recordset(list(_BEFORE), flush=False)

    def _run_rule(self, rule):
        """What goes wrong in a rule is said in the chatter of the sessions, and is no fault of the machine."""
        sessions = self.with_env(rule.env)
        try:
            with self.env.cr.savepoint():
                found, domain = rule._filter_post_export_domain(sessions, feedback=True)
                rule._process(found, domain_post=domain)
        except Exception as error:
            if is_transient(error):
                raise
            name = rule.sudo().name
            _logger.exception("The automation rule %s cannot be run on sessions that started or ended.", name)
            text = self.env._("The automation rule %(rule)s: %(error)s", rule=name, error=in_words(error))
            self._message_log_batch(bodies=dict.fromkeys(self.ids, text))
