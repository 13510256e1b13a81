from dataclasses import fields as dataclass_fields

from odoo import api, models
from odoo.exceptions import ValidationError

from fusion_iot_core.mqtt.probe import test_connection
from fusion_iot_core.mqtt.spec import MqttSpec

# What a connection is made with, and what is subscribed for discovery.
_TRIED = {item.name for item in dataclass_fields(MqttSpec)} - {"id"} | {"discovery"}
# The trial gets a client ID of its own that begins so.
_CLIENT_ID = "fusion"


class MqttConnection(models.Model):
    _inherit = "mqtt.connection"  # pylint: disable=consider-merging-classes-inherited

    @api.readonly
    def try_settings(self, values):
        """Connect with the settings on a person's screen, and say how that went. Nothing is written.

        :param values: what the form would save: field values of one connection. What is missing is taken from the
            stored connection, its password included; for a new one (an empty recordset) from the defaults.
        :return: ``{"ok": bool, "milliseconds": int, "message": str}``
        :raise AccessError: for those who may not change connections, and for those who would have a stored password
            sent elsewhere without being allowed to see it
        :raise ValidationError: for values that could not be saved either
        """
        self.check_access("write" if self else "create")
        tried = self._with_tried(values)
        result = test_connection(MqttSpec.of(tried.sudo()), tried._filters())
        return {"ok": result.ok, "milliseconds": round(result.seconds * 1000), "message": result.message}

    def _with_tried(self, values):
        """A connection that is in memory only: this one, or a new one, with ``values``."""
        if self:
            self.ensure_one()
        values = self._clean(
            {name: value for name, value in values.items() if name in _TRIED & self._fields.keys()}
        )
        for name in values:
            self._check_field_access(self._fields[name], "write")
        self._keep_password_from_strangers(values)
        if not self:
            values = {**self.default_get(list(_TRIED & self._fields.keys())), **values}
        tried = self.new(values, origin=self)
        if not tried.host:
            raise ValidationError(self.env._("Enter the host of the broker first."))
        tried.name = tried.name or tried.host
        tried.client_id = tried.client_id or _CLIENT_ID
        tried._validate_fields(values)
        return tried
