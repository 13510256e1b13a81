"""Equipment that is read over HTTP, against a peer that does what peers do."""

import asyncio
import base64
import gzip
import io
import os
import ssl
import zlib
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest

from fusion_iot_core.connectors import (
    BadAnswer,
    Busy,
    ConnectorError,
    ConnectorFactory,
    LoginRefused,
    Misconfigured,
    TimedOut,
    Unreachable,
)
from fusion_iot_core.connectors.rest_api.client import MOST_BYTES, retry_after
from fusion_iot_core.protocol import Quality
from tests.certificates import Authority
from tests.unit.http_peer import HttpPeer, response

OVEN = {"temperature": 185.5, "humidity": 65, "operational_status": "running", "fan_rpm": 1450}
ZONES = {"zones": [{"id": "12", "temp": 356, "unit": "F"}, {"id": "13", "temp": None}], "mode": 4}
SECRET = "very-secret"
PASSWORD = {"username": "baker", "password": SECRET}


def connector(url, credentials=None, port=None, **options):
    config = {"endpoint": url, "port": port, "credentials": credentials or {}, "additional_config": options}
    return ConnectorFactory.create_connector("rest_api", "oven-1", config)


def run(answer, use, credentials=None, **options):
    """What ``use(connector)`` gives, and the peer it talked to."""

    async def play():
        peer = HttpPeer(answer if callable(answer) else lambda _request: answer)
        async with peer.running():
            made = connector(peer.url, credentials, **options)
            try:
                return await use(made), peer
            finally:
                await made.close()

    return asyncio.run(play())


def reading(answer, credentials=None, **options):
    return run(answer, lambda made: made.get_current_reading(), credentials, **options)


def error(answer, kind, credentials=None, **options):
    """The error that reading ends with; it has no secret in it."""
    with pytest.raises(kind) as caught:
        reading(answer, credentials, **options)
    assert SECRET not in str(caught.value)
    return caught.value


class TestAnswers:
    def test_one_that_speaks_for_itself(self):
        found, peer = reading(response(OVEN), data_endpoint="/api/v1/equipment/{equipment_id}/data")
        assert found.get("temperature") == 185.5
        assert found.additional_sensors == {"fan_rpm": 1450.0}
        assert peer.requests[0].path == "/api/v1/equipment/oven-1/data"

    def test_data_and_status(self):
        def answer(request):
            return response(
                {"operational_status": "idle"} if request.path == "/status" else {"temperature": 20}
            )

        found, _peer = reading(answer, data_endpoint="/data", status_endpoint="/status")
        assert found.values == {"temperature": 20.0, "operational_status": "idle"}

    def test_tags(self):
        tags = [
            {"name": "A", "path": "$.zones[0].temp", "quantity": "temperature", "unit": "°F", "zone": "1"},
            {"name": "B", "path": "$.zones[1].temp", "quantity": "temperature", "zone": "2"},
            {"name": "C", "path": "$.zones[7].temp", "quantity": "temperature"},
            {"name": "Mode", "path": "mode", "field": "operational_status", "map": {"4": "running"}},
        ]
        found, _peer = reading(response(ZONES), tags=tags)
        assert found.temperature_zones == {"1": pytest.approx(180.0)}
        assert found.get("operational_status") == "running"
        assert found.quality is Quality.SUSPECT
        assert [(each.tag.name, each.reason) for each in found.bad] == [
            ("B", "No value."),
            ("C", "The answer has no zones[7].temp."),
        ]

    def test_what_is_missing_without_tags(self):
        error(response([1, 2]), BadAnswer)

    @pytest.mark.parametrize(
        ("answer", "words"),
        [
            (response(body=b"<!doctype html><p>Log in", kind="text/html"), "web page"),
            (response(body=b"  \n<html>", kind="application/json"), "web page"),
            (response(body=b""), "empty"),
            (response(body=b'{"a": '), "not valid JSON"),
            (response(body=b"[" * 100_000), "nested too deeply"),
            (response(OVEN, 404), r"nothing at / \(404\)"),
            (response(OVEN, 500), r"an error \(500\)"),
            (response(body=b"Out of order", status=500), r"\(500\): Out of order"),
            (response(body=b"\x00\xff", status=502), r"\(502\)\."),
            (response(OVEN, 304), r"\(304\)"),
            (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "does not speak HTTP"),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\n12345",
                "does not speak HTTP",
            ),
            (response(body=b"12345", headers=["Content-Encoding: br"]), "compressed as 'br'"),
            (response(body=b"12345", headers=["Content-Encoding: gzip"]), "said to be compressed"),
        ],
    )
    def test_junk(self, answer, words):
        async def whole(_reader, writer):
            writer.write(answer)
            writer.close()

        with pytest.raises(ConnectorError, match=words):
            reading(lambda _request: whole)

    def test_a_bom_nan_and_numbers_as_text(self):
        found, _peer = reading(
            response(body=b'\xef\xbb\xbf{"temperature": "20.5", "humidity": NaN, "x": 1e400}')
        )
        assert found.get("temperature") == 20.5
        assert {each.tag.name for each in found.bad} == {"humidity", "x"}

    def test_it_breaks_off(self):
        async def half(_reader, writer):
            writer.write(response(OVEN)[:-10])
            await writer.drain()
            writer.close()

        error(lambda _request: half, Unreachable)


class TestBounds:
    def test_too_large(self):
        found = error(response(body=b" " * (MOST_BYTES + 1)), BadAnswer)
        assert "larger than 4 MiB" in str(found)

    def test_a_bomb_is_unpacked_no_further_than_that(self):
        packed = io.BytesIO()
        with gzip.GzipFile(fileobj=packed, mode="wb") as file:
            for _ in range(100):
                file.write(b" " * 1024 * 1024)
        found = error(response(body=packed.getvalue(), headers=["Content-Encoding: gzip"]), BadAnswer)
        assert "larger than 4 MiB" in str(found)

    def test_what_nobody_asked_to_be_packed_is_read(self):
        for packed, name in ((gzip.compress(b'{"x": 1}'), "gzip"), (zlib.compress(b'{"x": 1}'), "deflate")):
            found, peer = reading(response(body=packed, headers=[f"Content-Encoding: {name}"]))
            assert found.additional_sensors == {"x": 1.0}
            assert peer.requests[0].headers["accept-encoding"] == "identity"

    def test_a_slow_drip_ends_at_the_deadline(self):
        async def drip(_reader, writer):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            for _ in range(1000):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)

        assert "within 0.5 s" in str(error(lambda _request: drip, TimedOut, timeout=0.5))

    def test_it_says_nothing(self):
        async def silent(reader, _writer):
            await reader.read()

        error(lambda _request: silent, TimedOut, timeout=0.3)

    def test_requests_a_minute(self):
        async def twice(made):
            loop = asyncio.get_running_loop()
            began = loop.time()  # from the first on: it is the beginnings that lie apart
            await made.read()
            await made.read()
            return loop.time() - began

        took, _peer = run(response(OVEN), twice, rate_limit=200)
        assert took > 0.25, "a second request waits 0.3 s"

    def test_closing_leaves_nothing_open(self):
        async def many(_made):
            peer = HttpPeer(lambda _request: response(OVEN))
            async with peer.running():
                before = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
                for _ in range(100):
                    made = connector(peer.url)
                    await made.read()
                    await made.close()
                    await made.close()
                while peer.open:
                    await asyncio.sleep(0.01)
                after = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
            return before, after

        (before, after), _peer = run(response(OVEN), many)
        assert after <= before


class TestCredentials:
    @pytest.mark.parametrize(
        ("credentials", "options", "header", "value"),
        [
            ({"token": SECRET}, {}, "authorization", f"Bearer {SECRET}"),
            ({"api_key": SECRET}, {}, "x-api-key", SECRET),
            ({"api_key": SECRET}, {"api_key_header": "Ocp-Key"}, "ocp-key", SECRET),
            (PASSWORD, {}, "authorization", "Basic " + base64.b64encode(f"baker:{SECRET}".encode()).decode()),
            (
                {"username": "bäcker", "password": "süß"},
                {},
                "authorization",
                "Basic " + base64.b64encode("bäcker:süß".encode()).decode(),
            ),
        ],
    )
    def test_how_they_are_sent(self, credentials, options, header, value):
        _found, peer = reading(response(OVEN), credentials, **options)
        assert peer.requests[0].headers[header] == value

    def test_a_login(self):
        def answer(request):
            if request.path == "/v1/login":
                assert request.json == {"user": "baker", "secret": SECRET}
                return response({"data": {"jwt": "token-1"}, "ttl": 3600})
            return response(OVEN if request.headers.get("authorization") == "Bearer token-1" else {}, 200)

        login = {
            "path": "login",
            "body": {"user": "{username}", "secret": "{password}"},
            "token": "$.data.jwt",
        }

        async def twice(made):
            await made.read()
            return await made.get_current_reading()

        async def play():
            peer = HttpPeer(answer)
            async with peer.running():
                made = connector(f"{peer.url}/v1", PASSWORD, login=login)
                found = await twice(made)
                await made.close()
                return found, [request.path for request in peer.requests]

        found, paths = asyncio.run(play())
        assert found.get("temperature") == 185.5
        assert paths == ["/v1/login", "/v1", "/v1"]

    @pytest.mark.parametrize(("forgets", "refused"), [(1, False), (2, True)])
    def test_a_token_that_is_withdrawn_is_renewed_once(self, forgets, refused):
        state = {"logins": 0, "left": forgets}

        def answer(request):
            if request.path == "/login":
                state["logins"] += 1
                return response({"access_token": f"token-{state['logins']}"})
            if state["logins"] and state["left"] and len(peer_reads) > 0:
                state["left"] -= 1
                return response({}, 401)
            peer_reads.append(request)
            return response(OVEN)

        peer_reads = []

        async def twice(made):
            await made.read()
            return await made.get_current_reading()

        if refused:
            with pytest.raises(LoginRefused):
                run(answer, twice, PASSWORD, login={"path": "login"})
        else:
            run(answer, twice, PASSWORD, login={"path": "login"})
        assert state["logins"] == 2

    def test_a_login_that_is_refused_is_not_tried_again(self):
        calls = []

        def answer(request):
            calls.append(request.path)
            return response({"detail": SECRET}, 401)

        assert error(answer, LoginRefused, PASSWORD, login={"path": "login"}).code == "401"
        assert calls == ["/login"]

    def test_a_token_is_renewed_before_it_expires(self):
        def answer(request):
            return response({"access_token": "t", "expires_in": 0} if request.path == "/login" else OVEN)

        async def twice(made):
            await made.read()
            await made.read()

        _found, peer = run(answer, twice, PASSWORD, login={"path": "login"})
        assert [request.path for request in peer.requests] == ["/login", "/", "/login", "/"]

    def test_a_login_without_a_token(self):
        for document in ({}, {"access_token": 5}, {"access_token": "a\nb"}, []):
            assert "no token" in str(error(response(document), BadAnswer, PASSWORD, login={"path": "login"}))

    @pytest.mark.parametrize(("status", "kind"), [(401, LoginRefused), (403, LoginRefused)])
    def test_refused(self, status, kind):
        found = error(response({}, status), kind, {"token": SECRET})
        assert found.state.waits_for_an_edit
        assert found.code == str(status)


class TestRedirects:
    def test_to_the_same_host(self):
        def answer(request):
            if request.path == "/":
                return response({}, 302, ["Location: /new?x=1"])
            return response(OVEN)

        found, peer = reading(answer, {"api_key": SECRET})
        assert found.get("temperature") == 185.5
        assert peer.requests[1].headers["x-api-key"] == SECRET

    def test_to_another_host_gets_nothing(self):
        async def play():
            thief = HttpPeer(lambda _request: response(OVEN))
            async with thief.running():
                for location in (f"{thief.url}/", f"//127.0.0.1:{thief.port}/", "https://192.0.2.1/"):
                    peer = HttpPeer(lambda _request, to=location: response({}, 302, [f"Location: {to}"]))
                    async with peer.running():
                        made = connector(peer.url, {"api_key": SECRET, "token": SECRET})
                        with pytest.raises(BadAnswer, match="gets no credentials of ours"):
                            await made.read()
                        await made.close()
            return thief.requests

        assert asyncio.run(play()) == []

    def test_for_ever(self):
        assert "redirects more than" in str(error(response({}, 302, ["Location: /"]), BadAnswer))


class TestBusy:
    def test_it_says_for_how_long(self):
        later = datetime.now(timezone.utc) + timedelta(seconds=100)
        for status, text, low, high in (
            (429, "7", 7, 7),
            (503, format_datetime(later, usegmt=True), 95, 101),
            (429, "999999999999", 3600, 3600),
        ):
            found = error(response({}, status, [f"Retry-After: {text}"]), Busy)
            assert low <= found.retry_after_s <= high

    def test_it_does_not(self):
        assert error(response({}, 503), Busy).retry_after_s is None
        assert retry_after("soon") is None
        assert retry_after("Mon, 99 Nov 2026 10:00:00 GMT") is None
        assert retry_after(format_datetime(datetime(2020, 1, 1, tzinfo=timezone.utc), usegmt=True)) == 0.0


class TestPages:
    TAGS = [{"name": "Last", "path": "$[3].x"}]

    def test_by_link(self):
        def answer(request):
            number = int(request.params.get("page", 0))
            links = [f'Link: </?page={number + 1}>; rel="next"'] if number < 1 else []
            return response({"items": [{"x": 2 * number}, {"x": 2 * number + 1}]}, 200, links)

        found, peer = reading(answer, tags=self.TAGS, pagination={"style": "link", "items": "items"})
        assert found.additional_sensors == {"Last": 3.0}
        assert len(peer.requests) == 2

    def test_by_number(self):
        def answer(request):
            number = int(request.params["page"])
            assert request.params["size"] == "2"
            items = [{"x": 2 * number}, {"x": 2 * number + 1}][: 2 if number < 2 else 0]
            return response(items)

        paging = {"style": "page", "items": "$", "size": "size", "per_page": 2}
        found, peer = reading(answer, tags=self.TAGS, pagination=paging)
        assert found.additional_sensors == {"Last": 3.0}
        assert len(peer.requests) == 3

    @pytest.mark.parametrize(
        ("target", "words"),
        [("/?page=1", "lead back"), ("http://192.0.2.1/?page=1", "gets no credentials of ours")],
    )
    def test_that_lead_astray(self, target, words):
        answer = response([{"x": 1}], 200, [f'Link: <{target}>; rel="next"'])
        assert words in str(error(answer, BadAnswer, tags=self.TAGS, pagination={"style": "link"}))

    def test_without_end(self):
        answer = response([{"x": 1}])
        assert "more than 50 pages" in str(
            error(answer, BadAnswer, tags=self.TAGS, pagination={"style": "page"})
        )

    def test_no_list(self):
        assert "no list" in str(error(response(OVEN), BadAnswer, pagination={"style": "link"}))


class TestTesting:
    def test_each_step(self):
        test, _peer = run(response(OVEN), lambda made: made.test_connection())
        assert (test.success, test.status) == (True, "connected")
        assert [(each.name, each.ok) for each in test.steps] == [
            ("resolve", True),
            ("tcp", True),
            ("read", True),
        ]
        assert test.steps[-1].text == "4 values"
        assert test.reading.get("temperature") == 185.5

    def test_the_login_fails(self):
        test, _peer = run(
            response({}, 401), lambda made: made.test_connection(), PASSWORD, login={"path": "in"}
        )
        assert (test.success, test.status) == (False, "error")
        assert [(each.name, each.ok) for each in test.steps][-1] == ("login", False)
        assert "check user, password" in test.error_details

    def test_nobody_listens(self):
        async def play():
            server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            server.close()
            await server.wait_closed()
            return await connector(f"http://127.0.0.1:{port}").test_connection()

        test = asyncio.run(play())
        assert (test.success, test.status) == (False, "disconnected")
        assert "Nothing accepts connections" in test.error_details

    def test_an_unknown_name(self):
        test = asyncio.run(connector("http://no-such-oven.invalid").test_connection())
        assert [each.name for each in test.steps] == ["resolve"]
        assert "is not known" in test.error_details

    def test_browse(self):
        items, _peer = run(response(ZONES), lambda made: made.browse("$.zones[0]"))
        assert [(each.name, each.value, each.has_children) for each in items] == [
            ("id", "12", False),
            ("temp", "356", False),
            ("unit", "F", False),
        ]
        assert items[1].address == {"path": "$.zones[0].temp", "from": "data"}


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "path"),
        [
            ({"data_endpoint": "/{unit_id}"}, "additional_config.data_endpoint"),
            ({"data_endpoint": "/{"}, "additional_config.data_endpoint"),
            ({"data_endpoint": "/{equipment_id!r}"}, "additional_config.data_endpoint"),
            ({"data_endpoint": "http://other/"}, "additional_config.data_endpoint"),
            ({"verfy_ssl": False}, "additional_config.verfy_ssl"),
            ({"unit_id": "12"}, "additional_config.unit_id"),
            ({"headers": {"Host": "x"}}, "additional_config.headers.Host"),
            ({"headers": {"X": "a\r\nY: b"}}, "additional_config.headers.X"),
            ({"headers": {"A B": "x"}}, "additional_config.headers.A B"),
            ({"params": {"a": []}}, "additional_config.params.a"),
            ({"login": {}}, "additional_config.login.path"),
            ({"login": {"path": "in", "tokn": "x"}}, "additional_config.login.tokn"),
            ({"login": {"path": "in", "token": "a["}}, "additional_config.login.token"),
            ({"pagination": {"style": "cursor"}}, "additional_config.pagination.style"),
            ({"pagination": {"style": "page", "per_page": 0}}, "additional_config.pagination.per_page"),
            ({"rate_limit": -1}, "additional_config.rate_limit"),
            ({"tags": [{"name": "a"}]}, "additional_config.tags[0].path"),
            ({"tags": [{"name": "a", "path": "a[["}]}, "additional_config.tags[0].path"),
            ({"tags": [{"name": "a", "path": "a", "from": "status"}]}, "additional_config.tags[0].from"),
            ({"tags": [{"name": "a", "path": "a", "node": "x"}]}, "additional_config.tags[0].node"),
            ({"ca_certificate": "no"}, "additional_config.ca_certificate"),
        ],
    )
    def test_what_cannot_be(self, options, path):
        with pytest.raises(Misconfigured) as caught:
            connector("https://oven", PASSWORD, **options)
        assert caught.value.path == path

    def test_a_login_needs_who(self):
        with pytest.raises(Misconfigured, match="credentials: User and password"):
            connector("https://oven", login={"path": "in"})

    def test_what_is_filled_in_leads_nowhere_else(self):
        _found, peer = reading(
            response(OVEN), data_endpoint="/units/{unit_id}/data", unit_id="../../admin?x=1"
        )
        assert peer.requests[0].path == "/units/..%2F..%2Fadmin%3Fx%3D1/data"


class TestTls:
    @pytest.fixture
    def authority(self, tmp_path):
        return Authority(tmp_path)

    def play(self, authority, days=(-1, 1), **options):
        issued = authority.issue("oven", days=days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)

        async def run():
            peer = HttpPeer(lambda _request: response(OVEN))
            async with peer.running(context):
                made = connector(f"https://127.0.0.1:{peer.port}", **options)
                try:
                    return await made.test_connection()
                finally:
                    await made.close()

        return asyncio.run(run())

    def test_a_certificate_that_nobody_vouches_for(self, authority):
        test = self.play(authority)
        assert [(each.name, each.ok) for each in test.steps][-1] == ("tls", False)
        assert "is not trusted" in test.error_details

    def test_one_whose_authority_was_entered(self, authority):
        test = self.play(authority, ca_certificate=authority.certificate.read_text())
        assert test.success, test.error_details
        assert [each.name for each in test.steps] == ["resolve", "tcp", "tls", "read"]

    def test_one_that_has_expired(self, authority):
        test = self.play(authority, (-2, -1), ca_certificate=authority.certificate.read_text())
        assert "certificate has expired" in test.error_details

    def test_none_is_checked_on_request(self, authority):
        assert self.play(authority, verify_ssl=False).success
