from odoo import api, models

from ..engine.session_table import MOVED, WRITTEN


class MqttSession(models.Model):
    """What other addons do when sessions start and end.

    The engine writes sessions by SQL, a set at a time. `create` and `write` are not called then; these methods are, in
    the same transaction. Stored computed fields of other addons that depend on sessions are computed in it, too.

    What one of these methods raises counts as a fault of the machine: it is set aside, and the error is shown there.
    """

    _inherit = "mqtt.session"  # pylint: disable=consider-merging-classes-inherited

    def _on_started(self):
        """Called with sessions (superuser) that are new. One that is found only when it is over has ended, too."""

    def _on_ended(self):
        """Called with sessions (superuser) that have ended and are billed; before it, they were started.

        A session ends once. What people correct later goes through `write`; what they enter, or split off another
        one, is started and ended as well.
        """

    def _on_void(self):
        """Called with sessions (superuser) that turn out to have been none, before they are deleted."""

    def _made_by_hand(self):
        """Have happen what follows from completed sessions that a person has made."""
        sessions = self.sudo()
        sessions._bill()
        sessions._on_started()
        sessions._on_ended()

    @api.model
    def _follow_up(self, written):
        """Have happen what follows from sessions that the engine has written.

        :param written: a :class:`..engine.session_table.Written`
        """
        sessions = self.sudo().with_context(active_test=False)
        sessions.invalidate_model(flush=False)
        sessions._recompute_written(written)
        if written.started:
            sessions.browse(written.started)._on_started()
        if written.ended:
            sessions.browse(written.ended)._on_ended()
        self.env.flush_all()
        sessions._run_rules(written)

    @api.model
    def _drop_void(self, ids):
        """Say that sessions are about to be deleted."""
        if ids:
            self.sudo().browse(ids)._on_void()
            self.env.flush_all()

    def _recompute_written(self, written):
        """Have stored fields of other addons computed. Where there are none, nothing is read or written."""
        if written.started:
            new = self.browse(written.started)
            for field in self._fields.values():
                if field.store and field.compute and field.name not in WRITTEN:
                    self.env.add_to_compute(field, new)
            if names := self._followed(self._fields):
                new.modified(names, create=True)
        if written.moved and (names := self._followed(MOVED)):
            self.browse(written.moved).modified(names)

    def _followed(self, names):
        """Those of these fields that a stored computed field follows which the engine does not write itself."""
        return [
            name
            for name in names
            if any(
                field.store
                and field.compute
                and not (field.model_name == self._name and field.name in WRITTEN)
                for field in self.pool.get_dependent_fields(self._fields[name])
            )
        ]
