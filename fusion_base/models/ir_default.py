from odoo import api, models
from odoo.exceptions import ValidationError

from ..secret import Sealed


class IrDefault(models.Model):
    """Defaults that people set are stored readable, so a secret has none."""

    _inherit = "ir.default"

    @api.constrains("field_id")
    def _check_no_secret(self):
        for field in self.sudo().field_id:
            if isinstance(self.env[field.model]._fields.get(field.name), Sealed):
                raise ValidationError(
                    self.env._("%s is a secret. A default would be stored readable.", field.field_description)
                )
