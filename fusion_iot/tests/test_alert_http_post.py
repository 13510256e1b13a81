import socket
import threading
import time
from unittest.mock import patch

from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.tests import BaseCase

from fusion_iot_core.notify.formats import Post

from ..runtime.notify import http_post
from ..runtime.notify.http_post import Outcome
from .http_catcher import HttpCatcher


class TestAlertHttpPost(BaseCase):
    """An HTTP POST that cannot take long, follows nobody, and reads little."""

    def setUp(self):
        super().setUp()
        self.catcher = HttpCatcher()
        self.addCleanup(self.catcher.close)

    def post(self, path="/hook?a=b", url=None, **options):
        post = Post(url or self.catcher.url + path, {"X-Test": "1"}, b'{"a":1}')
        return http_post.send(post, **{"allow_http": True, **options})

    def test_it_arrives(self):
        self.assertEqual(self.post(), Outcome())
        [(method, path, headers, body)] = self.catcher.requests
        self.assertEqual((method, path, headers["X-Test"], body), ("POST", "/hook?a=b", "1", b'{"a":1}'))

    def test_unencrypted_only_where_allowed(self):
        self.assertEqual(self.post(allow_http=False), Outcome("url_http", is_final=True))
        self.assertFalse(self.catcher.requests)

    def test_answers(self):
        for answer, expected in (
            ((204, {}, b""), Outcome()),
            ((404, {}, b"no  such\nchat"), Outcome("refused", "404 no such chat", True)),
            ((503, {}, b""), Outcome("answer", "503 Service Unavailable")),
            ((429, {"Retry-After": "30"}, b"slow"), Outcome("answer", "429 slow", asked=30.0)),
            ((500, {"Retry-After": "soon"}, b"x"), Outcome("answer", "500 x")),
            ((302, {"Location": self.catcher.url + "/other"}, b""), Outcome("redirect", "302", True)),
        ):
            with self.subTest(answer=answer):
                self.catcher.answers.append(answer)
                self.assertEqual(self.post(), expected)
        self.assertEqual(len(self.catcher.requests), 6, "nobody followed the redirect")

    def test_a_long_answer_is_not_read(self):
        self.catcher.answers.append((500, {}, b"x" * 1_000_000))
        outcome = self.post()
        self.assertLess(len(outcome.detail), 250)

    def test_an_answer_that_never_ends(self):
        self.catcher.answers.append(("slow", {}, b""))
        began = time.monotonic()
        self.assertEqual(self.post(total_s=0.5), Outcome("timeout"))
        self.assertLess(time.monotonic() - began, patient(5))

    def test_what_is_found_too_late_is_not_told(self):
        """To look a name up may take long, and nothing can end it."""
        found, over, reached = socket.getaddrinfo, http_post._Limit.reach, threading.Event()

        def reach(limit):
            over(limit)
            reached.set()

        def look_up(*arguments, **options):
            reached.wait(patient(5))
            return found(*arguments, **options)

        with (
            patch.object(http_post._Limit, "reach", reach),
            patch.object(http_post.socket, "getaddrinfo", look_up),
        ):
            self.assertEqual(self.post(total_s=0.05), Outcome("timeout"))
        self.assertTrue(reached.is_set())
        self.assertFalse(self.catcher.requests)

    def test_nobody_is_there(self):
        with socket.socket() as silent:  # nobody listens, nor can anybody else
            silent.bind(("127.0.0.1", 0))
            outcome = self.post(url=f"http://127.0.0.1:{silent.getsockname()[1]}/")
        self.assertEqual((outcome.reason, outcome.is_final), ("unreachable", False))

    def test_a_name_that_leads_where_nobody_may(self):
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]
        with patch.object(http_post.socket, "getaddrinfo", return_value=found):
            outcome = self.post(url="http://metadata.example/")
        self.assertEqual(outcome, Outcome("url_address", is_final=True))

    def test_an_ipv6_address(self):
        for url, expected in (
            ("http://[fe80::1]/", "url_address"),
            ("http://[::ffff:169.254.169.254]/", "url_address"),
            ("https://[::1]/", "unreachable"),
        ):
            with self.subTest(url=url):
                self.assertEqual(self.post(url=url).reason, expected)

    def test_secrets_are_not_repeated(self):
        post = Post(self.catcher.url, {"Authorization": "Bearer tok\nen"}, b"")
        outcome = http_post.send(post, True)
        self.assertEqual(outcome.reason, "unreachable")
        self.assertNotIn("tok", outcome.detail)
        self.catcher.answers.append((401, {}, b"Who is Bearer s3cret?"))
        outcome = http_post.send(Post(self.catcher.url, {}, b"", ("s3cret",)), True)
        self.assertEqual(outcome, Outcome("refused", "401 Who is Bearer ***?", True))

    def test_no_certificate(self):
        outcome = self.post(url=self.catcher.url.replace("http:", "https:"))
        self.assertEqual(outcome.reason, "unreachable")
