import logging

from odoo import api, models

HOME = "fusion_iot.home"
_logger = logging.getLogger(__name__)


class IotRuntimeWorker(models.Model):
    """Where the database is at home: a copy of it that is started elsewhere leaves the brokers to the original.

    Names of hosts and folders change with every container, and several servers may share a database. What tells a copy
    is PostgreSQL: its cluster has an identifier of its own, and in it every database has a number, neither of which a
    dump takes along. A copy of a whole machine, or of the files of the cluster, has both and is not noticed.
    """

    _inherit = "iot.runtime.worker"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def _identity(self):
        """What only this database has, ``cluster/number``. The cluster is left out where we may not know it."""
        cr = self.env.cr
        cr.execute(
            "SELECT has_function_privilege('pg_control_system()', 'execute'), oid FROM pg_database"
            " WHERE datname = current_database()"
        )
        may_know, number = cr.fetchone()
        cluster = ""
        if may_know:
            cr.execute("SELECT system_identifier FROM pg_control_system()")
            cluster = cr.fetchone()[0]
        return f"{cluster}/{number}"

    @api.model
    def _is_copy(self):
        """Whether the database was at home somewhere else, and nobody has said that it has moved."""
        home = self.env["ir.config_parameter"].sudo().get_param(HOME)
        if not home:
            return False
        pairs = zip(home.split("/"), self._identity().split("/"), strict=False)
        return any(before and now and before != now for before, now in pairs)

    @api.model
    def _at_home(self):
        """Whether the workers may run here. The first server that asks makes this the home of the database."""
        if not self.env["ir.config_parameter"].sudo().get_param(HOME):
            self._declare_home()
        return not self._is_copy()

    @api.model
    def _declare_home(self):
        """From now on the database is at home here."""
        identity = self._identity()
        self.env["ir.config_parameter"].sudo().set_param(HOME, identity)
        _logger.info("The database is at home in %s.", identity)
        self._wake()

    @api.model
    def _health(self):
        health = super()._health()
        if not (self.env["iot.runtime.mixin"]._any_enabled() and self._is_copy()):
            return health
        reason = self.env._("This looks like a copy of the database: its connections stay stopped.")
        return {**health, "alive": False, "copied": True, "reason": reason}
