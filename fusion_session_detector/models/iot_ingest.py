from odoo import models


class IotIngest(models.AbstractModel):
    _inherit = "iot.ingest"
