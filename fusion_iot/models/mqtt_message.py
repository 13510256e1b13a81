from datetime import timedelta

from odoo import api, fields, models

STATES = [
    ("ok", "Read"),
    ("ignored", "Nothing in it"),
    ("problem", "Not understood"),
    ("poison", "Not processed"),
]
_SLICE = 10_000

_KEPT_FROM = """
    SELECT received_at, id FROM mqtt_message WHERE connection_id = %s
     ORDER BY received_at DESC, id DESC OFFSET %s LIMIT 1
"""
_DELETE = """
    DELETE FROM mqtt_message
     WHERE id IN (SELECT id FROM mqtt_message
                   WHERE connection_id = %(connection)s
                     AND (received_at < %(before)s OR (received_at, id) <= (%(at)s, %(id)s))
                   ORDER BY received_at LIMIT %(slice)s)
"""


class MqttMessage(models.Model):
    """A log of messages, for looking and for finding out why something is not read. Bounded by count and age."""

    _name = "mqtt.message"
    _description = "MQTT Message"
    _inherit = ["fusion.kept.mixin"]
    _order = "received_at desc, id desc"
    _rec_name = "topic"
    _log_access = False

    connection_id = fields.Many2one("mqtt.connection", required=True, readonly=True, ondelete="cascade")
    device_id = fields.Many2one("mqtt.device", readonly=True, ondelete="set null", index="btree_not_null")
    topic = fields.Char(required=True, readonly=True)
    payload = fields.Text(
        readonly=True, help="As text, the first 16 KiB of it. What is no text is shown in escapes."
    )
    size = fields.Integer(string="Bytes", readonly=True, aggregator="sum")
    received_at = fields.Datetime(string="Received", required=True, readonly=True)
    qos = fields.Integer(string="QoS", readonly=True, aggregator=None)
    retained = fields.Boolean(
        readonly=True, help="Delivered by the broker from its store, hence of unknown age."
    )
    duplicate = fields.Boolean(readonly=True, help="The broker sent it again.")
    parser = fields.Char(readonly=True)
    state = fields.Selection(
        STATES,
        readonly=True,
        help="Read: measurements or a state were found. Nothing in it: understood, and nothing to be kept. Not "
        "understood: the error says why. Not processed: storing it failed; it was put aside so that others go on.",
    )
    error = fields.Char(readonly=True)
    measurement_count = fields.Integer(string="Measurements", readonly=True, aggregator="sum")

    _by_age = models.Index("(connection_id, received_at)")

    def action_try(self):
        """Open the form that reads a message, with this one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("fusion_iot.mqtt_paste_action")
        context = {
            "default_topic": self.topic,
            "default_payload": self.payload,
            "default_device_id": self.device_id.id,
        }
        return dict(action, context=context)

    @api.model
    def _gc(self):
        """Delete what is older than a connection keeps, and what is more than it keeps."""
        connections = self.env["mqtt.connection"].sudo().with_context(active_test=False)
        for connection in connections.search_fetch([], ["log_keep_count", "log_keep_days"]):
            while deleted := self._gc_slice(connection):
                if not self.env["ir.cron"]._commit_progress(deleted):
                    return

    @api.model
    def _gc_slice(self, connection):
        self.env.cr.execute(_KEPT_FROM, [connection.id, connection.log_keep_count])
        at, last = self.env.cr.fetchone() or (None, None)
        self.env.cr.execute(
            _DELETE,
            {
                "connection": connection.id,
                "before": fields.Datetime.now() - timedelta(days=connection.log_keep_days),
                "at": at,
                "id": last,
                "slice": _SLICE,
            },
        )
        count = self.env.cr.rowcount
        if count:
            self.invalidate_model()
        return count
