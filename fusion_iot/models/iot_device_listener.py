import time
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from fusion_iot_core.protocol import Owned

# Whoever listens asks again well before this, and is forgotten soon after it closed its screen.
LEASE_S = 90
RENEW_S = 45
MAX_DEVICES = 100
# How long a process may not know of a new listener.
LOOK_S = 3.0

_LISTEN = """
    INSERT INTO iot_device_listener AS known (device_id, until)
    SELECT id, %(until)s FROM unnest(%(devices)s::int[]) AS id ORDER BY id
    ON CONFLICT (device_id) DO UPDATE SET until = excluded.until WHERE known.until < %(renew)s
"""

# (when it was looked up, ids of devices by identifier), by database
_listened: dict[str, tuple[float, Owned[int]]] = {}


class IotDeviceListener(models.Model):
    """A device whose values somebody looks at now, and until when.

    Its channels are noted with every measurement, and the screens are told. For all others that would be waste.
    """

    _name = "iot.device.listener"
    _description = "Listener to a Device"
    _inherit = ["fusion.kept.mixin", "fusion.growing.mixin"]
    _stays_small = "one a device at most"
    _log_access = False

    device_id = fields.Many2one("iot.device", required=True, ondelete="cascade")
    until = fields.Datetime(required=True, index=True)

    _device_unique = models.Constraint("UNIQUE (device_id)", "This device is listened to already.")

    @api.autovacuum
    def _gc_expired(self):
        self.search([("until", "<", fields.Datetime.now() - timedelta(hours=1))]).unlink()

    @api.model
    def _listen(self, devices):
        """Keep ``devices`` up to date for the next while. Writes only now and then, however often it is called."""
        now = fields.Datetime.now()
        self.flush_model()
        self.env.cr.execute(
            _LISTEN,
            {
                "devices": devices.ids,
                "until": now + timedelta(seconds=LEASE_S),
                "renew": now + timedelta(seconds=RENEW_S),
            },
        )
        self.invalidate_model()

    @api.model
    def _listened(self):
        """Ids of the devices that somebody listens to, `Owned` by identifier; as of some seconds ago at most."""
        dbname, now = self.env.cr.dbname, time.monotonic()
        looked_at, known = _listened.get(dbname, (-LOOK_S, Owned()))
        if now - looked_at >= LOOK_S:
            self.env.cr.execute(
                "SELECT device.identifier, device.company_id, device.id FROM iot_device_listener listener"
                " JOIN iot_device device ON device.id = listener.device_id"
                " WHERE listener.until > now() AT TIME ZONE 'UTC'"
            )
            known = Owned(self.env.cr.fetchall())
            _listened[dbname] = (now, known)
        return known


def forget():
    """Look the listeners up anew, in this process."""
    _listened.clear()


class IotDevice(models.Model):
    _inherit = "iot.device"  # pylint: disable=consider-merging-classes-inherited

    @api.model
    def listen(self, identifiers, heard=None):
        """What devices say, for the web client. For a minute and a half it is told when they say something more.

        :param identifiers: at most 100 texts
        :param heard: by identifier the ``last_event`` of the answer before; a device that is not in it tells none
        :return: by identifier ``id``, ``channels``, ``last_event`` and ``events``. The channels are what it measured
            last: dicts of ``channel``, ``quantity``, ``serial``, ``unit``, ``value`` (None where the sensor is broken),
            ``quality`` and ``at`` (naive UTC). The events are what it said by itself since: dicts of ``value``,
            ``result``, ``status`` and ``at``. Devices that are not in the register, or that the user may not see, are
            missing.
        """
        heard = heard or {}
        if not isinstance(identifiers, list) or not all(isinstance(name, str) for name in identifiers):
            raise UserError(self.env._("Devices are listened to by their identifiers."))
        if not isinstance(heard, dict) or not all(_is_id(last) for last in heard.values()):
            raise UserError(self.env._("Name the last event that is known of each device."))
        devices = self.search([("identifier", "in", identifiers[:MAX_DEVICES])])
        # Of several companies' devices of one name, that of the present company.
        company = self.env.company
        devices = devices.sorted(lambda device: (device.company_id == company, not device.company_id))
        self.env["iot.device.listener"].sudo()._listen(devices)
        events = devices._events_after(
            {device.id: heard[device.identifier] for device in devices if device.identifier in heard}
        )
        return {
            device.identifier: {
                "id": device.id,
                "channels": device.channel_ids._told(),
                "last_event": events[device.id][0],
                "events": events[device.id][1],
            }
            for device in devices
        }


def _is_id(value):
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**62


class IotDeviceChannel(models.Model):
    _inherit = "iot.device.channel"  # pylint: disable=consider-merging-classes-inherited

    def _told(self):
        return [
            {
                "channel": row.channel or "",
                "quantity": row.quantity,
                "serial": row.serial or "",
                "unit": row.unit or "",
                "value": None if row.last_quality == "bad" else row.last_value,
                "quality": row.last_quality,
                "at": fields.Datetime.to_string(row.last_at),
            }
            for row in self
            if row.last_at
        ]
