from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from fusion_iot_core.mqtt.spec import MqttSpec
from fusion_iot_core.protocol import topics

from .iot_runtime_worker import STATES

_FROM_WORKER = (
    "state_since",
    "owner",
    "connected_since",
    "last_error",
    "last_error_at",
    "rate",
    "queue_depth",
    "lag",
    "over_count",
    "over_since",
    "over_source",
    "too_fast_count",
    "unlogged_count",
    "overload",
)


class MqttConnection(models.Model):
    _inherit = "mqtt.connection"

    worker_id = fields.Many2one("iot.runtime.worker", compute="_compute_worker_id")
    state = fields.Selection(
        STATES,
        compute="_compute_state",
        search="_search_state",
        help="Stopped: nobody asked for it. Waiting: no server has taken it yet, or the one that had it gives no "
        "sign of life. Retrying: it should be connected, and the next attempt is due soon. Failed: something that a "
        "person has to correct, such as a wrong password; it is still tried again from time to time.",
    )
    state_since = fields.Datetime(string="Like this since", compute="_compute_state")
    owner = fields.Char(compute="_compute_state", string="Runs in", help="Host and process that has it.")
    connected_since = fields.Datetime(string="Connected since", compute="_compute_state")
    last_error = fields.Char(string="Last error", compute="_compute_state")
    last_error_at = fields.Datetime(compute="_compute_state", string="Last error at")
    rate = fields.Float(
        compute="_compute_state", string="Messages/s", digits=(12, 1), help="Over the last seconds."
    )
    queue_depth = fields.Integer(
        compute="_compute_state", string="Queue", help="Messages received, not yet stored."
    )
    lag = fields.Float(
        compute="_compute_state",
        string="Lag (s)",
        digits=(12, 3),
        help="From receipt to storage, of the slowest message of the last seconds. While more comes than can be "
        "stored: for how long that has been so.",
    )
    over_count = fields.Integer(
        compute="_compute_state",
        string="Left out",
        help="Messages of QoS 0 that came faster than the bounds under Advanced allow, the last time that happened.",
    )
    over_since = fields.Datetime(compute="_compute_state", string="Left out since")
    over_source = fields.Char(
        compute="_compute_state", string="Most of them from", help="Topic with the most messages left out."
    )
    too_fast_count = fields.Integer(
        compute="_compute_state",
        string="Readings left out",
        help="Readings of one probe that came faster than twenty a second, for longer than some seconds.",
    )
    unlogged_count = fields.Integer(
        compute="_compute_state",
        string="Not logged",
        help="Lines that are missing under Messages: there were too many.",
    )
    overload = fields.Text(compute="_compute_state", help="What is lost or late although it is connected.")

    is_copy = fields.Boolean(
        string="Copy",
        compute="_compute_is_copy",
        help="The database looks like a copy of another one, which has this connection, too.",
    )

    def _compute_is_copy(self):
        self.is_copy = self.env["iot.runtime.worker"]._is_copy()

    def _compute_worker_id(self):
        workers = self.env["iot.runtime.worker"].sudo()
        rows = workers.search([("kind", "=", "mqtt"), ("res_id", "in", self._origin.ids)])
        by_connection = {worker.res_id: worker for worker in rows}
        for connection in self:
            connection.worker_id = by_connection.get(connection._origin.id, workers)

    @api.depends("enabled", "active")
    def _compute_state(self):
        now = fields.Datetime.now()
        for connection in self:
            worker = connection.worker_id.sudo()
            connection.update({name: worker[name] for name in _FROM_WORKER})
            if not connection.enabled or not connection.active or connection.is_copy:
                connection.state = "stopped"
            elif not worker or worker._silent_since(now):
                connection.state = "waiting"
            else:
                connection.state = worker.state

    @api.model
    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        connections = self.with_context(active_test=False).search_fetch([], ["enabled", "active"])
        return Domain("id", "in", connections.filtered(lambda connection: connection.state in value).ids)

    @api.model_create_multi
    def create(self, vals_list):
        connections = super().create(vals_list)
        connections._tell_what_should_run()
        return connections

    def write(self, vals):
        result = super().write(vals)
        if not vals.keys().isdisjoint(("enabled", "active")):
            self._tell_what_should_run()
        return result

    def _tell_what_should_run(self):
        wanted = self.filtered(lambda connection: connection.enabled and connection.active)
        self.env["iot.runtime.worker"]._expect("mqtt", wanted, self - wanted)

    def action_start(self):
        """Have a server connect. It does so within seconds."""
        archived = self.filtered(lambda connection: not connection.active)
        if archived:
            raise UserError(
                self.env._("%s is archived. Unarchive it first.", ", ".join(archived.mapped("name")))
            )
        self.enabled = True
        return True

    def action_stop(self):
        """Have the server disconnect. The broker keeps what devices send until the next start."""
        self.enabled = False
        return True

    def action_declare_original(self):
        """This database is no copy, or the original is gone: have its connections run here."""
        self.check_access("write")
        for connection in self.sudo():
            connection._message_log(
                body=self.env._("%s said that this is the real database, not a copy.", self.env.user.name)
            )
        self.env["iot.runtime.worker"]._declare_home()
        return True

    def _spec(self):
        """The settings as plain values, secrets included, for the runtime."""
        self.ensure_one()
        return MqttSpec.of(self.sudo())

    def _filters(self):
        """What is subscribed: the patterns of the devices, and the discovery's."""
        self.ensure_one()
        filters = self._origin.sudo().device_ids.mapped("topic_pattern")
        if self.discovery and self.discovery_filter:
            filters.append(self.discovery_filter)
        return topics.without_covered(filters)
