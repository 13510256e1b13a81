"""What connections are configured with."""

import asyncio

import pytest

from fusion_iot_core.connectors import (
    BaseIoTConnector,
    ConnectorError,
    ConnectorFactory,
    LinkState,
    Misconfigured,
    Reading,
    Step,
    Tag,
    TimedOut,
    evaluate,
    parse_config,
    parse_endpoint,
    within,
)

WEB = {"https": 443, "http": 80}
SECRET = "very-secret"


class TestEndpoint:
    @pytest.mark.parametrize(
        ("text", "port", "url"),
        [
            ("api.example.com", None, "https://api.example.com:443"),
            ("api.example.com", 8443, "https://api.example.com:8443"),
            ("https://api.example.com/v1/", 443, "https://api.example.com:443/v1"),
            ("https://api.example.com:9000/v1", 443, "https://api.example.com:9000/v1"),
            ("HTTP://Oven.Local", None, "http://oven.local:80"),
            ("10.0.0.5:8080", None, "https://10.0.0.5:8080"),
            ("http://[fe80::1]:81", 80, "http://[fe80::1]:81"),
            ("oven", 0, "https://oven:443"),
        ],
    )
    def test_as_people_write_it(self, text, port, url):
        assert parse_endpoint(text, port, WEB).url == url

    @pytest.mark.parametrize(
        ("text", "port", "words"),
        [
            ("", None, "endpoint: An address is needed"),
            ("ftp://oven", None, "begins with https:// or http://"),
            ("https://", None, "names no host"),
            ("https://an oven", None, "names no host"),
            ("https://oven:99999", None, "is no address"),
            ("https://oven:0", None, "0 is no port"),
            ("oven", 70000, "port: 70000"),
            ("https://user:pw@oven", None, "belong under credentials"),
            ("https://oven/?key=1", None, "What follows"),
            ("https://[::1", None, "is no address"),
        ],
    )
    def test_what_cannot_be(self, text, port, words):
        with pytest.raises(Misconfigured, match=words):
            parse_endpoint(text, port, WEB)


class TestConfig:
    def test_the_seeds_example(self):
        config = parse_config(
            {
                "protocol": "rest_api",
                "endpoint": "https://api.equipment.com",
                "port": 443,
                "credentials": {"api_key": SECRET, "token": "bearer-token"},
                "additional_config": {"data_endpoint": "/api/v1/data", "timeout": 15, "verify_ssl": True},
            }
        )
        assert config.timeout_s == 15
        assert config.options == {"data_endpoint": "/api/v1/data", "verify_ssl": True}
        assert config.credential("bearer", "token") == "bearer-token"
        assert config.option("verify_ssl", bool) is True
        assert config.option("rate_limit", float, 0.0) == 0.0
        assert SECRET not in repr(config)

    @pytest.mark.parametrize(
        ("document", "words"),
        [
            ([], "is a JSON object"),
            ({}, "protocol: "),
            ({"protocol": "x", "hosts": 1}, "hosts: There is no such key"),
            ({"protocol": "x", "endpoint": 5}, "endpoint: "),
            ({"protocol": "x", "port": "443"}, "port: "),
            ({"protocol": "x", "port": True}, "port: "),
            ({"protocol": "x", "credentials": "key"}, "credentials: "),
            ({"protocol": "x", "additional_config": {"timeout": 0.0001, "tags": {"a": 1}}}, "tags: "),
            ({"protocol": "x", "additional_config": {"timeout": 600}}, "timeout: "),
            ({"protocol": "x", "additional_config": {"timeout": "soon"}}, "timeout: "),
        ],
    )
    def test_what_cannot_be(self, document, words):
        with pytest.raises(Misconfigured, match=words):
            parse_config(document)

    @pytest.mark.parametrize(
        ("kind", "value"), [(str, 1), (int, True), (int, 1.5), (bool, "no"), (float, "1")]
    )
    def test_an_option_of_another_type(self, kind, value):
        config = parse_config({"protocol": "x", "additional_config": {"some": value}})
        with pytest.raises(Misconfigured, match=r"additional_config\.some: "):
            config.option("some", kind)


class Echo(BaseIoTConnector):
    """Gives what its configuration says."""

    protocol = "echo"
    can = frozenset({"write"})

    async def read(self):
        return [evaluate(tag, tag.address.get("raw")) for tag in self.config.tags]

    async def _try(self, steps):
        steps.append(Step("tcp", True, 1))
        if error := self.config.options.get("error"):
            steps.append(Step("login", False, 2, error))
            raise {"login": LoginError, "other": ConnectorError}[self.config.option("kind", str)](error)
        return await self.get_current_reading()

    async def close(self):
        pass


class LoginError(ConnectorError):
    state = LinkState.AUTH_FAILED


class TestFactory:
    @pytest.fixture(autouse=True)
    def _registered(self, monkeypatch):
        monkeypatch.setattr("fusion_iot_core.connectors.factory._registered", {})
        ConnectorFactory.register_connector("echo", Echo)

    def make(self, **options):
        return ConnectorFactory.create_connector("echo", "oven-1", {"additional_config": options})

    def test_one_of_an_addon(self):
        assert "echo" in ConnectorFactory.supported_protocols()
        tags = [
            {"name": "T", "quantity": "temperature", "field": "temperature", "raw": 20},
            {"name": "Z", "quantity": "temperature", "zone": "1", "raw": 30},
        ]
        connector = self.make(tags=tags)
        reading = asyncio.run(connector.get_current_reading())
        assert isinstance(reading, Reading)
        assert reading.get("temperature") == 20.0
        test = asyncio.run(connector.test_connection())
        assert (test.success, test.status, test.error_details) == (True, "connected", "")
        assert test.supported_features == ("temperature", "temperature_zones", "write")
        assert test.reading == reading

    @pytest.mark.parametrize(("kind", "status"), [("login", "error"), ("other", "disconnected")])
    def test_what_went_wrong(self, kind, status):
        test = asyncio.run(self.make(error="No.", kind=kind).test_connection())
        assert (test.success, test.status, test.error_details) == (False, status, "No.")
        assert [step.ok for step in test.steps] == [True, False]

    def test_an_unknown_protocol(self):
        with pytest.raises(Misconfigured, match="'telex' is not known"):
            ConnectorFactory.create_connector("telex", "oven-1", {})

    def test_what_it_cannot_do(self):
        with pytest.raises(ConnectorError, match="cannot list"):
            asyncio.run(self.make().browse())
        with pytest.raises(ConnectorError, match="only read"):
            asyncio.run(self.make().write("T", 1))


class TestStates:
    def test_in_the_words_of_the_seed(self):
        assert {state.value: state.status for state in LinkState} == {
            "disabled": "disconnected",
            "connecting": "connecting",
            "ok": "connected",
            "degraded": "connected",
            "backoff": "disconnected",
            "auth_failed": "error",
            "config_error": "error",
        }

    def test_a_deadline(self):
        with pytest.raises(TimedOut, match=r"No answer to the login within 0\.01 s"):
            asyncio.run(within(0.01, asyncio.sleep(60), "the login"))
        assert asyncio.run(within(60, asyncio.sleep(0, "done"), "the login")) == "done"

    def test_tags_are_values(self):
        assert Tag("a") == Tag("a")
