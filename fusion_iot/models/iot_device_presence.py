from odoo import api, models

from fusion_iot_core.protocol import Owned, Quality, beyond_physics
from fusion_iot_core.throttle import Throttle

from ..throttled import passing

# "Last seen" is shown in minutes: a device that reports every second need not have its row written as often.
_noted = Throttle(interval=15.0)

_LOCK = "SELECT id FROM iot_device WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_SEEN = """
    UPDATE iot_device
       SET last_seen = greatest(last_seen, %(at)s),
           presence = CASE WHEN %(presence_reported)s AND box_id IS NOT NULL AND is_plugged IS NOT TRUE
                           THEN presence ELSE 'online' END
     WHERE id IN (SELECT id FROM iot_device WHERE id = ANY(%(ids)s) FOR NO KEY UPDATE SKIP LOCKED)
"""

_PRESENCE = """
    UPDATE iot_device device
       SET presence = CASE WHEN said.online THEN 'online' ELSE 'offline' END,
           last_seen = CASE WHEN said.fresh THEN greatest(device.last_seen, %(at)s) ELSE device.last_seen END
      FROM unnest(%(id)s::int[], %(online)s::bool[], %(fresh)s::bool[]) AS said(id, online, fresh)
     WHERE device.id IN (SELECT id FROM iot_device WHERE id = ANY(%(id)s) ORDER BY id FOR NO KEY UPDATE)
       AND device.id = said.id
       AND (said.fresh OR device.presence IS DISTINCT FROM CASE WHEN said.online THEN 'online' ELSE 'offline' END)
 RETURNING device.identifier, coalesce(device.company_id, (
               SELECT connection.company_id FROM mqtt_device mqtt
                 JOIN mqtt_connection connection ON connection.id = mqtt.connection_id
                WHERE mqtt.iot_device_id = device.id))
"""
_INFO = """
    UPDATE iot_device device
       SET firmware = coalesce(nullif(said.firmware, ''), device.firmware),
           manufacturer = coalesce(nullif(device.manufacturer, ''), nullif(said.manufacturer, '')),
           model = coalesce(nullif(device.model, ''), nullif(said.model, '')),
           ip_address = coalesce(nullif(said.ip_address, ''), device.ip_address),
           signal_dbm = coalesce(said.signal_dbm, device.signal_dbm)
      FROM unnest(%(id)s::int[], %(firmware)s::text[], %(manufacturer)s::text[], %(model)s::text[],
                  %(ip_address)s::text[], %(signal_dbm)s::int[])
        AS said(id, firmware, manufacturer, model, ip_address, signal_dbm)
     WHERE device.id IN (SELECT id FROM iot_device WHERE id = ANY(%(id)s) ORDER BY id FOR NO KEY UPDATE)
       AND device.id = said.id
"""
_BATTERY = """
    UPDATE iot_device device
       SET battery = said.battery
      FROM unnest(%(id)s::int[], %(battery)s::float8[]) AS said(id, battery)
     WHERE device.id IN (SELECT id FROM iot_device WHERE id = ANY(%(id)s) ORDER BY id FOR NO KEY UPDATE)
       AND device.id = said.id AND device.battery IS DISTINCT FROM said.battery
"""


class IotDevice(models.Model):
    _inherit = "iot.device"

    @api.model_create_multi
    def create(self, vals_list):
        _noted.forget()
        return super().create(vals_list)

    def write(self, vals):
        if not vals.keys().isdisjoint(("identifier", "company_id")):
            _noted.forget()
        return super().write(vals)

    def _of_company(self, company):
        """Of devices of one identifier: the one that is meant by what ``company`` (empty: all) reports, if any."""
        known = Owned((device.identifier, device.company_id.id or None, device) for device in self)
        return known.find(self[:1].identifier, company.id or None) or self.browse()

    @api.model
    def _lock_to_note(self, ids):
        """Lock the devices that a batch is going to wait for, all at once and in the order of ids.

        Before anything else is locked: a batch that waits for a device while it holds others, channels or sensors can
        wait for one that waits for those.
        """
        if ids:
            self.env.cr.execute(_LOCK, [sorted(ids)])

    @api.model
    def _note_seen(self, reporters, at, presence_reported=False):
        """Note on the registered devices among ``reporters`` that they were heard at ``at`` (naive UTC).

        At most once in 15 seconds each, and not while somebody else is writing to the device.

        :param reporters: ``(identifier, company id)`` of those that reported; see :meth:`_of`
        :param presence_reported: the transport also reports which devices are connected: what a box has kept of a probe
            that was unplugged meanwhile does not put that online
        """
        dbname = self.env.cr.dbname
        is_due = passing(self.env.cr, _noted)
        due = [reporter for reporter in reporters if is_due((dbname, *reporter))]
        ids = self._of(due).values() if due else ()
        if not ids:
            return
        self.flush_model(["last_seen", "presence", "box_id", "is_plugged"])
        self.env.cr.execute(_SEEN, {"at": at, "ids": list(ids), "presence_reported": presence_reported})
        self.invalidate_model(["last_seen", "presence"])

    @api.model
    def _note_presence(self, presences, at):
        """Take over what devices, or the broker in their name, say of being there.

        :param presences: ``(online, retained)`` by id. Retained news is of unknown age: it moves the presence,
            but not when the device was last seen. Any measurement that follows makes the device online again.
        :param at: when it was received, naive UTC
        """
        ids = sorted(presences)
        self.flush_model(["identifier", "company_id", "last_seen", "presence"])
        self.env.cr.execute(
            _PRESENCE,
            {
                "at": at,
                "id": ids,
                "online": [presences[device_id][0] for device_id in ids],
                "fresh": [presences[device_id][0] and not presences[device_id][1] for device_id in ids],
            },
        )
        for reporter in self.env.cr.fetchall():
            _noted.forget((self.env.cr.dbname, *reporter))
        self.invalidate_model(["last_seen", "presence"])

    @api.model
    def _note_info(self, infos):
        """Take over what devices say of themselves: a `DeviceInfo` by id. What a person entered stays."""
        ids = sorted(infos)
        names = ("firmware", "manufacturer", "model", "ip_address", "signal_dbm")
        self.flush_model(list(names))
        columns = {name: [getattr(infos[device_id], name) for device_id in ids] for name in names}
        self.env.cr.execute(_INFO, {"id": ids, **columns})
        self.invalidate_model(list(names))

    @api.model
    def _of_charged(self, measurements):
        """The charge of batteries that registered devices report: percent by id."""
        charges = {
            (item.device, item.company): item.value
            for item in measurements
            if item.quantity == "battery"
            and item.quality is Quality.GOOD
            and item.value is not None
            and not beyond_physics(item.value, "battery")
        }
        if not charges:
            return {}
        return {device_id: charges[reporter] for reporter, device_id in self._of(charges).items()}

    @api.model
    def _note_battery(self, charges):
        """Take over the charge of batteries: percent by id."""
        if not charges:
            return
        ids = sorted(charges)
        self.flush_model(["battery"])
        self.env.cr.execute(_BATTERY, {"id": ids, "battery": [charges[device_id] for device_id in ids]})
        self.invalidate_model(["battery"])

    @api.model
    def _of(self, reporters):
        """Which devices of the register reported, archived ones included.

        Of one identifier each company can have a device: it is that of the reporting company, else one of all
        companies. See `Owned`.

        :param reporters: ``(identifier, company id)``; company ``None`` where what reported is of all companies
        :return: ids by reporter
        """
        self.flush_model(["identifier", "company_id"])
        self.env.cr.execute(
            "SELECT identifier, company_id, id FROM iot_device WHERE identifier = ANY(%s)",
            [list({identifier for identifier, _company in reporters})],
        )
        known = Owned(self.env.cr.fetchall())
        found = {reporter: known.find(*reporter) for reporter in reporters}
        return {reporter: device_id for reporter, device_id in found.items() if device_id}
