from odoo import api, models
from odoo.addons.fusion_iot_base.throttle import Throttle

# "Last seen" is shown in minutes: a device that reports every second need not have its row written as often.
_noted = Throttle(interval=15.0)

_SEEN = """
    UPDATE iot_device
       SET last_seen = greatest(last_seen, %(at)s), presence = 'online'
     WHERE id IN (SELECT id FROM iot_device WHERE identifier = ANY(%(identifiers)s)
                     FOR NO KEY UPDATE SKIP LOCKED)
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
    def _note_seen(self, identifiers, at):
        """Note on the registered devices among ``identifiers`` that they were heard at ``at`` (naive UTC).

        At most once in 15 seconds each, and not while somebody else is writing to the device.
        """
        dbname = self.env.cr.dbname
        due = [identifier for identifier in identifiers if _noted.due((dbname, identifier))]
        if not due:
            return
        self.flush_model(["identifier", "last_seen", "presence"])
        self.env.cr.execute(_SEEN, {"at": at, "identifiers": due})
        self.invalidate_model(["last_seen", "presence"])
