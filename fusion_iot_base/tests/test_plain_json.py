import logging

import psycopg2
from odoo.tests import BaseCase, tagged
from werkzeug.exceptions import NotFound, RequestEntityTooLarge

from ..plain_json import PlainJsonDispatcher, PlainJsonError, load_json


@tagged("post_install", "-at_install")
class TestPlainJson(BaseCase):
    """The boundary by itself; the routes that use it test it over HTTP."""

    def answer(self, exc):
        return PlainJsonDispatcher(None).handle_error(exc)

    def test_junk_is_400_with_a_reason(self):
        for body in (b"", b"{", b"\xff", b"[" * 100_000, b'{"a": 1, "a": 2}', b"9" * 5000, b"{} {}"):
            with self.assertRaises(PlainJsonError) as caught:
                load_json(body)
            self.assertEqual(
                (caught.exception.status, caught.exception.payload["error"]), (400, "invalid_json")
            )

    def test_json_is_utf_8_with_or_without_a_mark(self):
        self.assertEqual(load_json('{"a": "°C"}'.encode()), {"a": "°C"})
        self.assertEqual(load_json('\ufeff{"a": 1}'.encode()), {"a": 1})

    def test_an_error_of_the_database_is_come_back_later(self):
        for exc in (
            psycopg2.OperationalError("gone"),
            psycopg2.InterfaceError("closed"),
            psycopg2.DatabaseError("x"),
        ):
            response = self.answer(exc)
            self.assertEqual(response.status_code, 503)
            self.assertEqual(response.headers["Retry-After"], "5")
            self.assertEqual(response.mimetype, "application/json")

    def test_no_secret_of_an_error_gets_out(self):
        response = self.answer(RuntimeError("password=hunter2"))
        self.assertEqual(response.status_code, 503)
        self.assertNotIn(b"hunter2", response.data)

    def test_http_errors_keep_their_status(self):
        self.assertEqual(self.answer(NotFound()).status_code, 404)
        self.assertEqual(self.answer(RequestEntityTooLarge()).json["error"], "too_large")

    def test_a_refusal_is_no_news_in_the_log(self):
        self.assertEqual(PlainJsonError(400, "x", "y").loglevel, logging.DEBUG)
