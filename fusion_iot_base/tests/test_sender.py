from unittest.mock import patch

from odoo.tests import TransactionCase, tagged
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from ..problems import PlainJsonError
from ..shared_token import TOKEN

SECRET = "test-secret-123"


def made_request(path="/", **headers):
    """A request to a device route."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return Request(EnvironBuilder(method="POST", path=path, headers=headers).get_environ())


@tagged("post_install", "-at_install")
class TestSender(TransactionCase):
    """Who has sent a request; the routes test the same over HTTP."""

    def setUp(self):
        super().setUp()
        self.parameters = self.env["ir.config_parameter"]
        self.parameters.set_param(TOKEN, SECRET)

    def sender(self, body=b"{}", **given):
        return self.env["iot.sender"]._of_request(made_request(**given), body)

    def refusal(self, body=b"{}", **given):
        with self.assertRaises(PlainJsonError) as caught:
            self.sender(body, **given)
        return caught.exception.status, caught.exception.problem.error

    def test_the_shared_token_in_every_place(self):
        for headers in ({"X_FP_IOT_Token": SECRET}, {"Authorization": f"Bearer {SECRET}"}):
            self.assertIsNone(self.sender(**headers).document)
        self.assertEqual(self.sender(b'{"token": "%s", "x": 1}' % SECRET.encode()).json(b"")["x"], 1)
        for headers in ({"X_FP_IOT_Token": "wrong"}, {"Authorization": "Bearer wrong"}):
            self.assertEqual(self.refusal(**headers), (401, "invalid_token"))
        self.assertEqual(self.refusal(), (401, "missing_token"))
        self.assertEqual(self.refusal(path=f"/?token={SECRET}"), (401, "token_in_address"))

    def test_a_large_body_is_not_searched(self):
        body = b'{"token": "%s", "x": "%s"}' % (SECRET.encode(), b"x" * 65_536)
        with patch("odoo.addons.fusion_iot_base.sender.load_json") as parse:
            self.assertEqual(self.refusal(body), (413, "too_large"))
        parse.assert_not_called()
        self.sender(body, X_FP_IOT_Token=SECRET)
