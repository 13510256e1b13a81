import json
from contextlib import contextmanager
from unittest.mock import patch

from odoo.addons.fusion_iot.controllers import box_request
from odoo.addons.fusion_iot.controllers.box_report import read_report
from odoo.addons.fusion_iot_base.recognition import Recognition
from odoo.addons.fusion_iot_base.tests.rates import fresh_counts

BASE_URL = "http://192.0.2.7:8069"


@contextmanager
def fresh_box_counts():
    """As `fresh_counts`, also for what this process knows of boxes."""
    with fresh_counts() as counts:
        known = Recognition(box_request.recognition._load, clock=lambda: counts.now[0])
        with patch.object(box_request, "recognition", known):
            yield counts


class BoxCase:
    """Boxes without a client: what they would report is handed to the models."""

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("web.base.url", BASE_URL)

    def make_token(self, **values):
        values = {"minutes": 60, "company_id": False, **values}
        connection = self.env["iot.box.token"]._issue(values.pop("minutes"), **values)
        return connection.split("token=")[1].split("&")[0]

    def body(self, identifier="10000000abcdef01", token="", devices=None, **more):
        return {
            "iot_box": {
                "identifier": identifier,
                "token": token,
                "mac": "dc:a6:32:01:02:03",
                "ip": "192.0.2.20",
                "version": "L25.07-19.0#0123abc",
                **more,
            },
            "devices": devices or {},
        }

    def report(self, *args, address="192.0.2.20", **kwargs):
        """What the server answers to a report: a channel or ``None``."""
        return self.env["iot.box"]._take_report(read_report(self.body(*args, **kwargs)), address)

    def box(self, identifier="10000000abcdef01"):
        return self.env["iot.box"].with_context(active_test=False).search([("identifier", "=", identifier)])

    def pair(self, identifier="10000000abcdef01", devices=None, **values):
        """A box that was paired, and its token."""
        token = self.make_token(**values)
        self.assertTrue(self.report(identifier, token, devices))
        return self.box(identifier), token

    def channel_of(self, box):
        """Where a box listens."""
        return box._open_secrets("channel")[box.id]["channel"]

    def messages(self):
        """Type and payload of what was sent over the bus since the last time, by channel."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([("id", ">", getattr(self, "_seen", 0))], order="id")
        self._seen = max(rows.ids, default=getattr(self, "_seen", 0))
        return [(json.loads(row.channel), *_parts(json.loads(row.message))) for row in rows]


def _parts(message):
    return message["type"], message["payload"]
