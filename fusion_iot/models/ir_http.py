from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Have the Overview be the first screen of those who may see it and have chosen no other.

        Worked out whenever the web client is loaded, and stored nowhere: it holds for whoever joins the group, by
        whatever way, and ends with leaving it. The home action that somebody has chosen stays.
        """
        info = super().session_info()
        if not info["home_action_id"] and self.env.user.has_group("fusion_iot.group_iot_user"):
            overview = self.env["ir.model.data"]._xmlid_to_res_id("fusion_iot.iot_overview_action")
            info["home_action_id"] = overview
        return info
