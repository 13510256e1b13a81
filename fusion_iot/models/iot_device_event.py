import json
from datetime import timedelta

from odoo import api, fields, models

# A screen that has lost its websocket asks every two seconds.
KEPT_S = 60
MAX_KEPT = 300

# Locking the listener puts the events of a device in line: what is committed later has the higher id.
_NOTE = """
    WITH listened AS (
        SELECT device_id FROM iot_device_listener
         WHERE device_id = %(device)s AND until > now() AT TIME ZONE 'UTC'
           FOR UPDATE
    ), outdated AS (
        DELETE FROM iot_device_event
         WHERE device_id IN (SELECT device_id FROM listened)
           AND (at < %(now)s - %(kept)s * interval '1 second'
                OR id <= (SELECT id FROM iot_device_event WHERE device_id = %(device)s
                           ORDER BY id DESC OFFSET %(others)s LIMIT 1))
    )
    INSERT INTO iot_device_event (device_id, at, content)
    SELECT device_id, %(now)s, %(content)s::jsonb FROM listened
 RETURNING id
"""

_SINCE = """
    SELECT event.device_id, event.id, event.at, event.content
      FROM unnest(%(devices)s::int[], %(heard)s::bigint[]) AS known(device_id, heard)
      JOIN iot_device_event event ON event.device_id = known.device_id AND event.id > known.heard
     ORDER BY event.id
"""


class IotDeviceEvent(models.Model):
    """What a device said by itself (a scan, a key, a weight), for those who listen to it now.

    Nobody else needs it: it is kept for a minute, the last 300 at most, and not at all where nobody listens.
    """

    _name = "iot.device.event"
    _description = "Event of a Device"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _stays_small = "kept for a minute"
    _order = "id"
    _log_access = False

    device_id = fields.Many2one("iot.device", required=True, ondelete="cascade")
    at = fields.Datetime(required=True)
    content = fields.Json(required=True)

    _device_idx = models.Index("(device_id, id)")

    @api.autovacuum
    def _gc_outdated(self):
        self.search([("at", "<", fields.Datetime.now() - timedelta(seconds=KEPT_S))]).unlink()


class IotDevice(models.Model):
    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    def _take_event(self, content):
        """Tell those who listen to the device what it said by itself. Addons that act on it add to this.

        :param content: dict that JSON can express
        """
        self.ensure_one()
        Event = self.env["iot.device.event"]
        Event.flush_model()
        self.env["iot.device.listener"].flush_model()
        self.env.cr.execute(
            _NOTE,
            {
                "device": self.id,
                "now": fields.Datetime.now(),
                "kept": KEPT_S,
                "others": MAX_KEPT - 1,
                "content": json.dumps(content, allow_nan=False),
            },
        )
        if self.env.cr.fetchall():
            Event.invalidate_model()
            self.env["iot.nudge"]._nudge("fusion_iot.group_iot_user", ("device",), {"device_ids": self.ids})

    def _events_after(self, heard):
        """What the devices have said since.

        :param heard: id of the last event that is known, by id of the device; a device that is not in it is new to the
            listener, for whom nothing is to come that was said before
        :return: by id of the device: the id of its last event, and the events that are new
        """
        Event = self.env["iot.device.event"].sudo()
        told = {device_id: (heard.get(device_id, 0), []) for device_id in self.ids}
        new = [device_id for device_id in self.ids if device_id not in heard]
        for device, last in Event._read_group([("device_id", "in", new)], ["device_id"], ["id:max"]):
            told[device.id] = (last, [])
        known = [device_id for device_id in self.ids if device_id in heard]
        self.env.cr.execute(_SINCE, {"devices": known, "heard": [heard[device_id] for device_id in known]})
        for device_id, event_id, at, content in self.env.cr.fetchall():
            events = told[device_id][1]
            events.append({**content, "at": fields.Datetime.to_string(at)})
            told[device_id] = (event_id, events)
        return told
