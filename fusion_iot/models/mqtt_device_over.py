from markupsafe import Markup
from odoo import api, models
from odoo.addons.fusion_iot_base.throttle import Throttle
from odoo.tools import formatLang

_told = Throttle(interval=3_600.0)


class MqttDevice(models.Model):
    _inherit = "mqtt.device"

    @api.model
    def _note_over(self, over):
        """Say in the chatter of devices that messages of theirs came too fast; at most once an hour each.

        :param over: number of messages that were left out and a topic of them, by id
        """
        for device in self.browse(over).exists():
            if not _told.due((self.env.cr.dbname, device.id)):
                continue
            count, topic = over[device.id]
            text = self.env._(
                "%(count)s messages came too fast and were left out, among them messages of %(topic)s. How many are "
                "let in is set at the connection, under Advanced.",
                count=formatLang(self.env, count, digits=0),
                topic=topic,
            )
            device.message_post(body=Markup("%s") % text)
