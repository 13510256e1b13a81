import logging

import psycopg2
import psycopg2.errors
from odoo.exceptions import (
    AccessDenied,
    AccessError,
    ConcurrencyError,
    LockError,
    MissingError,
    UserError,
    ValidationError,
)
from odoo.http import SessionExpiredException
from odoo.tests import BaseCase, tagged
from werkzeug.exceptions import NotFound, RequestEntityTooLarge, TooManyRequests

from ..plain_json import PlainJsonDispatcher, load_json
from ..problems import PlainJsonError


@tagged("post_install", "-at_install")
class TestPlainJson(BaseCase):
    """The boundary by itself; the routes that use it test it over HTTP."""

    def answer(self, exc):
        return PlainJsonDispatcher(None).handle_error(exc)

    def test_junk_is_400_with_a_reason(self):
        for body in (b"", b"{", b"\xff", b"[" * 100_000, b'{"a": 1, "a": 2}', b"9" * 5000, b"{} {}"):
            with self.assertRaises(PlainJsonError) as caught:
                load_json(body)
            self.assertEqual((caught.exception.status, caught.exception.problem.error), (400, "invalid_json"))

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

    def test_whatever_fails_while_the_database_goes_away_is_come_back_later(self):
        exc = KeyError("what the query should have found")
        exc.__context__ = psycopg2.OperationalError("gone")
        self.assertEqual(self.answer(exc).status_code, 503)
        self.assertEqual(self.answer(ConcurrencyError("x")).status_code, 503)

    def test_a_lock_that_is_not_free_is_a_conflict_where_a_model_says_so(self):
        exc = LockError("Somebody else is at it")
        exc.__context__ = psycopg2.errors.LockNotAvailable("x")
        self.assertEqual(self.answer(exc).status_code, 409)
        self.assertEqual(self.answer(exc.__context__).status_code, 503)

    def test_no_secret_of_an_error_gets_out(self):
        response = self.answer(RuntimeError("password=hunter2"))
        self.assertEqual((response.status_code, response.json["error"]), (500, "internal_error"))
        self.assertNotIn(b"hunter2", response.data)

    def test_each_error_of_odoo_has_its_status(self):
        for exc, status, word in (
            (SessionExpiredException("x"), 401, "unauthorized"),
            (AccessDenied("x"), 401, "unauthorized"),
            (AccessError("x"), 403, "forbidden"),
            (MissingError("x"), 404, "not_found"),
            (LockError("x"), 409, "conflict"),
            (ValidationError("x"), 422, "refused"),
            (UserError("Too hot"), 422, "refused"),
        ):
            response = self.answer(exc)
            self.assertEqual((response.status_code, response.json["error"]), (status, word))
            self.assertLess(exc.loglevel, logging.WARNING, "what a client does wrong is no news in the log")
        self.assertEqual(response.json, {"ok": False, "error": "refused", "message": "Too hot"})

    def test_http_errors_keep_their_status(self):
        self.assertEqual(self.answer(NotFound()).status_code, 404)
        self.assertEqual(self.answer(RequestEntityTooLarge()).json["error"], "too_large")
        self.assertEqual(self.answer(TooManyRequests(retry_after=7)).headers["Retry-After"], "7")

    def test_a_refusal_is_no_news_in_the_log(self):
        self.assertEqual(PlainJsonError(400, "x", "y").loglevel, logging.DEBUG)
