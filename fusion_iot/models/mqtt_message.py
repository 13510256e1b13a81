from datetime import timedelta

from odoo import api, fields, models

from fusion_iot_core.mqtt.message_log import SHOWN

STATES = [
    ("ok", "Read"),
    ("ignored", "Nothing in it"),
    ("problem", "Not understood"),
    ("poison", "Not processed"),
]
_SLICE = 10_000

# The newest of those that are too many, by count or by size.
_KEPT_FROM = """
    SELECT received_at, id
      FROM (SELECT received_at, id, row_number() OVER newest AS count,
                   sum(least(size, %(shown)s) + 200) OVER newest AS bytes
              FROM (SELECT received_at, id, size FROM mqtt_message WHERE connection_id = %(connection)s
                     ORDER BY received_at DESC, id DESC LIMIT %(count)s + 1) AS last
            WINDOW newest AS (ORDER BY received_at DESC, id DESC ROWS UNBOUNDED PRECEDING)) AS counted
     WHERE count > %(count)s OR (bytes > %(bytes)s AND count > 1)
     ORDER BY received_at DESC, id DESC LIMIT 1
"""
_DELETE = """
    DELETE FROM mqtt_message
     WHERE id IN (SELECT id FROM mqtt_message
                   WHERE connection_id = %(connection)s
                     AND (received_at < %(before)s OR (received_at, id) <= (%(at)s, %(id)s))
                   ORDER BY received_at LIMIT %(slice)s
                     FOR UPDATE SKIP LOCKED)
"""


class MqttMessage(models.Model):
    """A log of messages, for looking and for finding out why something is not read. Bounded by count, size and age."""

    _name = "mqtt.message"
    _description = "MQTT Message"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
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
    _by_time = models.Index("(received_at DESC, id DESC)")

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
        for connection in connections.search_fetch([], ["log_keep_count", "log_keep_mib", "log_keep_days"]):
            while deleted := self._gc_slice(connection):
                if not self.env["ir.cron"]._commit_progress(deleted):
                    return

    @api.model
    def _trim(self, connection_id):
        """Keep the log of a connection within its bounds while it is being written to; once is enough mostly."""
        self._gc_slice(self.env["mqtt.connection"].sudo().browse(connection_id))

    @api.model
    def _gc_slice(self, connection):
        bounds = {
            "connection": connection.id,
            "count": connection.log_keep_count,
            "bytes": connection.log_keep_mib * 1024 * 1024,
            "shown": SHOWN,
        }
        self.env.cr.execute(_KEPT_FROM, bounds)
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
