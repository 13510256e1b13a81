from odoo import api, models
from odoo.addons.fusion_iot_base.throttle import Throttle

# "Last seen" is shown in minutes: a device that reports every second need not have its row written as often.
_noted = Throttle(interval=15.0)

_SEEN = """
    UPDATE iot_device
       SET last_seen = greatest(last_seen, %(at)s),
           presence = CASE WHEN %(by_box)s AND box_id IS NOT NULL AND is_plugged IS NOT TRUE
                           THEN presence ELSE 'online' END
     WHERE id IN (SELECT id FROM iot_device WHERE identifier = ANY(%(identifiers)s)
                     FOR NO KEY UPDATE SKIP LOCKED)
"""

_PRESENCE = """
    UPDATE iot_device device
       SET presence = CASE WHEN said.online THEN 'online' ELSE 'offline' END,
           last_seen = CASE WHEN said.fresh THEN greatest(device.last_seen, %(at)s) ELSE device.last_seen END
      FROM unnest(%(identifier)s::text[], %(online)s::bool[], %(fresh)s::bool[]) AS said(identifier, online, fresh)
     WHERE device.id IN (SELECT id FROM iot_device WHERE identifier = ANY(%(identifier)s) ORDER BY id FOR NO KEY UPDATE)
       AND device.identifier = said.identifier
       AND (said.fresh OR device.presence IS DISTINCT FROM CASE WHEN said.online THEN 'online' ELSE 'offline' END)
"""
_INFO = """
    UPDATE iot_device device
       SET firmware = coalesce(nullif(said.firmware, ''), device.firmware),
           manufacturer = coalesce(nullif(device.manufacturer, ''), nullif(said.manufacturer, '')),
           model = coalesce(nullif(device.model, ''), nullif(said.model, '')),
           ip_address = coalesce(nullif(said.ip_address, ''), device.ip_address),
           signal_dbm = coalesce(said.signal_dbm, device.signal_dbm)
      FROM unnest(%(identifier)s::text[], %(firmware)s::text[], %(manufacturer)s::text[], %(model)s::text[],
                  %(ip_address)s::text[], %(signal_dbm)s::int[])
        AS said(identifier, firmware, manufacturer, model, ip_address, signal_dbm)
     WHERE device.id IN (SELECT id FROM iot_device WHERE identifier = ANY(%(identifier)s) ORDER BY id FOR NO KEY UPDATE)
       AND device.identifier = said.identifier
"""
_BATTERY = """
    UPDATE iot_device device
       SET battery = said.battery
      FROM unnest(%(identifier)s::text[], %(battery)s::float8[]) AS said(identifier, battery)
     WHERE device.id IN (SELECT id FROM iot_device WHERE identifier = ANY(%(identifier)s) ORDER BY id FOR NO KEY UPDATE)
       AND device.identifier = said.identifier AND device.battery IS DISTINCT FROM said.battery
"""


class IotDevice(models.Model):
    _inherit = "iot.device"

    @api.model_create_multi
    def create(self, vals_list):
        _noted.forget()
        return super().create(vals_list)

    def write(self, vals):
        if "identifier" in vals:
            _noted.forget()
        return super().write(vals)

    @api.model
    def _note_seen(self, identifiers, at, by_box=False):
        """Note on the registered devices among ``identifiers`` that they were heard at ``at`` (naive UTC).

        At most once in 15 seconds each, and not while somebody else is writing to the device.

        :param by_box: the box said it, which also says what is plugged in: what it kept of a probe that was pulled off
            meanwhile does not put that online
        """
        dbname = self.env.cr.dbname
        due = [identifier for identifier in identifiers if _noted.due((dbname, identifier))]
        if not due:
            return
        self.flush_model(["identifier", "last_seen", "presence", "box_id", "is_plugged"])
        self.env.cr.execute(_SEEN, {"at": at, "identifiers": due, "by_box": by_box})
        self.invalidate_model(["last_seen", "presence"])

    @api.model
    def _note_presence(self, presences, at):
        """Take over what devices, or the broker in their name, say of being there.

        :param presences: ``(online, retained)`` by identifier. Retained news is of unknown age: it moves the presence,
            but not when the device was last seen. Any measurement that follows makes the device online again.
        :param at: when it was received, naive UTC
        """
        identifiers = sorted(presences)
        self.flush_model(["identifier", "last_seen", "presence"])
        self.env.cr.execute(
            _PRESENCE,
            {
                "at": at,
                "identifier": identifiers,
                "online": [presences[name][0] for name in identifiers],
                "fresh": [presences[name][0] and not presences[name][1] for name in identifiers],
            },
        )
        for identifier in identifiers:
            _noted.forget((self.env.cr.dbname, identifier))
        self.invalidate_model(["last_seen", "presence"])

    @api.model
    def _note_info(self, infos):
        """Take over what devices say of themselves: a `DeviceInfo` by identifier. What a person entered stays."""
        identifiers = sorted(infos)
        names = ("firmware", "manufacturer", "model", "ip_address", "signal_dbm")
        self.flush_model(["identifier", *names])
        columns = {name: [getattr(infos[identifier], name) for identifier in identifiers] for name in names}
        self.env.cr.execute(_INFO, {"identifier": identifiers, **columns})
        self.invalidate_model(list(names))

    @api.model
    def _note_battery(self, charges):
        """Take over the charge of batteries: percent by identifier."""
        identifiers = sorted(charges)
        self.flush_model(["identifier", "battery"])
        self.env.cr.execute(
            _BATTERY, {"identifier": identifiers, "battery": [charges[name] for name in identifiers]}
        )
        self.invalidate_model(["battery"])

    @api.model
    def _registered(self, identifiers):
        """Those of ``identifiers`` that belong to a device in the register, archived ones included."""
        self.flush_model(["identifier"])
        self.env.cr.execute(
            "SELECT identifier FROM iot_device WHERE identifier = ANY(%s)", [list(identifiers)]
        )
        return {identifier for (identifier,) in self.env.cr.fetchall()}
