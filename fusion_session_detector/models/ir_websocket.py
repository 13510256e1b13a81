from odoo import models

from ..engine.announcing import GROUP, subchannel


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    def _build_bus_channel_list(self, channels):
        """Users hear of the machines of their companies."""
        channels = list(channels)
        if self.env.user.has_group(GROUP):
            group = self.env.ref(GROUP)
            channels += [(group, subchannel(company.id)) for company in self.env.user.company_ids]
        return super()._build_bus_channel_list(channels)
