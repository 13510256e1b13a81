import json
import logging
from datetime import timedelta
from unittest.mock import patch

import psycopg2
from odoo import fields, http
from odoo.exceptions import AccessError, UserError
from odoo.http import RegistryError, request
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from .. import plain_json
from ..problems import PlainJsonError
from ..route_table import routes
from .pace import patient

ERRORS = {
    "ours": PlainJsonError(418, "teapot", "It is a teapot.", {"X-Kind": "teapot"}, cups=2),
    "access": AccessError("Not yours."),
    "user": UserError("It is too hot."),
    "bug": RuntimeError("password=hunter2"),
}


def success_body(problem):
    return {"success": False, "error": problem.error, "message": problem.message}


def detail_body(problem):
    return {"status": "error", "detail": problem.message}


def declare():
    """A controller such as another addon would have."""

    class Ovens(http.Controller):
        @plain_json.route("/api/walked/<int:oven_id>", methods=["GET"], error_body=success_body)
        def oven(self, oven_id, zone="all", limit="10"):
            return {"oven": oven_id, "zone": zone, "limit": limit}

        @plain_json.route("/api/walked/<int:oven_id>", methods=["PUT", "DELETE"], error_body=success_body)
        def change(self, oven_id, body):
            return 201, {"oven": oven_id, "method": request.httprequest.method, "body": body.decode()}

        @plain_json.route("/api/walked/health", methods=["GET"])
        def health(self):
            return {"status": "ok"}

        @plain_json.route("/api/walked/authenticate", error_body=detail_body)
        def authenticate(self):
            return {"status": "success"}

        @plain_json.route("/api/walked/<int:oven_id>/history", methods=["GET"])
        def history(self, oven_id, start):
            return {"oven": oven_id, "start": start}

        @plain_json.route("/api/walked/fail/<kind>", error_body=detail_body)
        def fail(self, kind):
            raise ERRORS[kind]

        @plain_json.route("/api/walked/twice")
        def twice(self):
            parameters = request.env["ir.config_parameter"].sudo()
            parameters.create([{"key": "walked", "value": "x"}, {"key": "walked", "value": "y"}])
            parameters.flush_model()

        @plain_json.route("/api/walked/mine", auth="bearer", methods=["GET", "POST"])
        def mine(self):
            return {"user": request.env.user.login}

        @plain_json.route("/api/walked/cookie", auth="user")
        def cookie(self):
            return {"user": request.env.user.login}

    return Ovens


@tagged("post_install", "-at_install")
class TestPlainJsonRoutes(HttpCase):
    """Routes of all kinds over HTTP, by a controller of these tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        known, before = dict(vars(routes)), dict(http.Controller.children_classes)
        cls.addClassCleanup(cls.registry.clear_cache, "routing")
        cls.addClassCleanup(vars(routes).update, known)
        cls.addClassCleanup(http.Controller.children_classes.update, before)
        for module in before:
            http.Controller.children_classes[module] = list(before[module])
        declare()
        cls.registry.clear_cache("routing")
        cls.env["ir.http"]._register_hook()

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.opener.request(
            method, self.base_url() + "/api/walked" + path, data=body, headers=headers, timeout=patient(30)
        )
        self.assertTrue(answer.headers["Content-Type"].startswith("application/json"), answer.text[:200])
        return answer

    def test_parts_of_the_path_and_the_query(self):
        self.assertEqual(self.ask("GET", "/7").json(), {"oven": 7, "zone": "all", "limit": "10"})
        answer = self.ask("GET", "/7?zone=deck%201&limit=5&oven_id=8&nothing=1&body=x")
        self.assertEqual(answer.json(), {"oven": 7, "zone": "deck 1", "limit": "5"})
        self.assertEqual(self.ask("GET", "/health").json(), {"status": "ok"})
        self.assertEqual(self.ask("GET", "/health/").status_code, 200)
        answer = self.ask("HEAD", "/7")
        self.assertEqual((answer.status_code, answer.content), (200, b""))

    def test_what_the_query_does_not_say_is_asked_for(self):
        answer = self.ask("GET", "/7/history")
        self.assertEqual((answer.status_code, answer.json()["error"]), (400, "missing_parameter"))
        self.assertIn("start", answer.json()["message"])
        self.assertEqual(self.ask("GET", "/7/history?start=0").json(), {"oven": 7, "start": "0"})

    def test_a_request_without_a_body_needs_no_media_type(self):
        self.assertEqual(self.ask("POST", "/authenticate").json(), {"status": "success"})
        self.assertEqual(self.ask("POST", "/authenticate?limit=5").status_code, 200)
        self.assertEqual(self.ask("DELETE", "/7").json(), {"oven": 7, "method": "DELETE", "body": ""})
        answer = self.ask("POST", "/authenticate", b"{}", Content_Type="text/plain")
        self.assertEqual(
            (answer.status_code, answer.json()), (415, {"status": "error", "detail": answer.json()["detail"]})
        )

    def test_endpoints_share_an_address(self):
        answer = self.ask("PUT", "/7", b"[1]", Content_Type="application/json")
        self.assertEqual(
            (answer.status_code, answer.json()), (201, {"oven": 7, "method": "PUT", "body": "[1]"})
        )
        answer = self.ask("PUT", "/7", b" " * 65_537, Content_Type="application/json")
        self.assertEqual((answer.status_code, answer.json()["error"]), (413, "too_large"))
        for method in ("POST", "PATCH", "OPTIONS"):
            answer = self.ask(method, "/7", b"{}")
            self.assertEqual((answer.status_code, answer.json()["error"]), (405, "method_not_allowed"))
            self.assertIs(answer.json()["success"], False)
            self.assertEqual(answer.headers["Allow"], "DELETE, GET, HEAD, PUT")

    def test_errors(self):
        for kind, status, detail in (
            ("ours", 418, "It is a teapot."),
            ("access", 403, "Not yours."),
            ("user", 422, "It is too hot."),
        ):
            with self.assertNoLogs("odoo", logging.WARNING):
                answer = self.ask("POST", f"/fail/{kind}")
            self.assertEqual(
                (answer.status_code, answer.json()), (status, {"status": "error", "detail": detail})
            )
        self.assertEqual(self.ask("POST", "/fail/ours").headers["X-Kind"], "teapot")
        with self.assertLogs("odoo.http", logging.ERROR) as logged:
            answer = self.ask("POST", "/fail/bug")
        self.assertEqual(answer.status_code, 500)
        self.assertNotIn("hunter2", answer.text)
        self.assertIn("hunter2", "".join(logged.output))

    def test_what_is_there_already_is_a_conflict(self):
        with mute_logger("odoo.sql_db"):
            answer = self.ask("POST", "/twice")
        self.assertEqual((answer.status_code, answer.json()["error"]), (409, "conflict"))

    def test_a_database_that_is_away(self):
        with (
            patch.object(http.Request, "_serve_db", side_effect=RegistryError("away")),
            mute_logger("odoo.http"),
        ):
            answer = self.ask("GET", "/7")
            self.assertEqual((answer.status_code, answer.json()["success"]), (503, False))
            self.assertEqual(answer.headers["Retry-After"], "5")
            self.assertEqual(self.ask("GET", "/mine").status_code, 503)
            self.assertEqual(self.ask("POST", "/fail/x").json().keys(), {"status", "detail"})

    def test_keys_of_users(self):
        user = new_test_user(self.env, "walked", "base.group_user")
        until = fields.Datetime.now() + timedelta(days=1)
        key = self.env["res.users.apikeys"].with_user(user).sudo()._generate("rpc", "walked", until)
        for headers in ({}, {"Authorization": "Bearer wrong"}):
            answer = self.ask("GET", "/mine", **headers)
            self.assertEqual((answer.status_code, answer.json()["error"]), (401, "unauthorized"))
            self.assertIn("bearer", answer.headers["WWW-Authenticate"].lower())
        for method in ("GET", "POST"):
            answer = self.ask(method, "/mine", Authorization=f"Bearer {key}")
            self.assertEqual((answer.status_code, answer.json()), (200, {"user": "walked"}))

    def test_a_database_that_goes_away_while_a_key_is_looked_up(self):
        keys = type(self.env["res.users.apikeys"])
        gone = psycopg2.OperationalError("gone")
        with patch.object(keys, "_check_credentials", side_effect=gone), mute_logger("odoo.http"):
            answer = self.ask("GET", "/mine", Authorization="Bearer x")
        self.assertEqual((answer.status_code, answer.json()["error"]), (503, "unavailable"))

    def test_a_page_of_another_site_cannot_post_with_a_cookie(self):
        self.assertEqual(self.ask("POST", "/cookie", Content_Type="application/json").status_code, 401)
        new_test_user(self.env, "walked", "base.group_user")
        self.authenticate("walked", "walked")
        self.assertEqual(self.ask("POST", "/cookie").status_code, 415)
        answer = self.ask("POST", "/cookie", Content_Type="application/x-www-form-urlencoded")
        self.assertEqual(answer.status_code, 415)
        answer = self.ask("POST", "/cookie", json.dumps({}), Content_Type="application/json")
        self.assertEqual(answer.json(), {"user": "walked"})
