"""How an OPC UA connection and its nodes are written."""

import pytest
from asyncua import ua
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.connectors import (
    Misconfigured,
)
from fusion_iot_core.connectors.opc_ua.nodes import NodeAddress, NodeError, parse_node, written
from tests.unit.opc_ua_cases import SIGNED, certificate, connector
from tests.unit.opc_ua_peer import PASSWORD


@pytest.fixture
def ours():
    return certificate("ours")


@pytest.fixture
def theirs():
    return certificate("theirs")


@pytest.fixture
def others():
    return certificate("others")


LONG = "s=" + "x" * 5000


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "path"),
        [
            ({"security_polcy": "None"}, "additional_config.security_polcy"),
            ({"security_policy": "Basic256"}, "additional_config.security_policy"),
            ({"security_mode": "Sign"}, "additional_config.security_mode"),
            ({"security_policy": SIGNED, "security_mode": "Encrypt"}, "additional_config.security_mode"),
            ({"security_policy": SIGNED}, "credentials.certificate"),
            ({"server_fingerprint": "AB:CD"}, "additional_config.server_fingerprint"),
            ({"server_certificate": "no"}, "additional_config.server_certificate"),
            ({"session_timeout": 1}, "additional_config.session_timeout"),
            ({"tags": [{"name": "a"}]}, "additional_config.tags[0].node"),
            ({"tags": [{"name": "a", "node": "Oven"}]}, "additional_config.tags[0].node"),
            ({"tags": [{"name": "a", "node": "i=1", "index": -1}]}, "additional_config.tags[0].index"),
            ({"tags": [{"name": "a", "node": "i=1", "path": "x"}]}, "additional_config.tags[0].path"),
        ],
    )
    def test_what_cannot_be(self, options, path):
        with pytest.raises(Misconfigured) as caught:
            connector("oven", **options)
        assert caught.value.path == path

    def test_certificates(self, ours, theirs):
        for credentials, path in (
            ({"certificate": ours.certificate}, "credentials.private_key"),
            ({"certificate": "x", "private_key": ours.private_key}, "credentials.certificate"),
            ({"certificate": ours.certificate, "private_key": "x"}, "credentials.private_key"),
            ({"certificate": ours.certificate, "private_key": theirs.private_key}, "credentials.private_key"),
            ({"password": PASSWORD}, "credentials.username"),
        ):
            with pytest.raises(Misconfigured) as caught:
                connector("oven", credentials)
            assert caught.value.path == path

    def test_the_address(self):
        assert connector("oven")._settings.endpoint.url == "opc.tcp://oven:4840"
        assert (
            connector("opc.tcp://oven:4841/OPCUA/x")._settings.endpoint.url == "opc.tcp://oven:4841/OPCUA/x"
        )
        with pytest.raises(Misconfigured, match=r"begins with opc\.tcp://"):
            connector("https://oven")


class TestNodes:
    @pytest.mark.parametrize(
        ("text", "namespace", "identifier"),
        [
            ("nsu=http://x/;s=a;b=c", "http://x/", "a;b=c"),
            ("nsu=http://x/%3B%25;i=5", "http://x/;%", 5),
            ("ns=2;s= a", 2, " a"),
            ("i=2258", 0, 2258),
            ("ns=3;b=AAE=", 3, b"\x00\x01"),
        ],
    )
    def test_as_people_write_them(self, text, namespace, identifier):
        assert parse_node(text) == NodeAddress(namespace, identifier)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "x",
            "i=-1",
            "i=4294967296",
            "ns=70000;i=1",
            "ns=x;i=1",
            "nsu=;i=1",
            "g=1",
            "b=*",
            "s=",
            None,
            5,
            "s=" + "x" * 5000,
        ],
    )
    def test_what_is_none(self, text):
        with pytest.raises(NodeError):
            parse_node(text)

    @given(
        st.one_of(
            st.integers(0, 2**32 - 1), st.text(min_size=1, max_size=20), st.binary(min_size=1), st.uuids()
        ),
        st.integers(0, 2),
    )
    def test_there_and_back(self, identifier, index):
        if isinstance(identifier, str) and identifier != identifier.strip():
            return
        namespaces = ["http://opcfoundation.org/UA/", "urn:a;b%", "http://x/"]
        found = ua.NodeId(identifier, index)
        assert parse_node(written(found, namespaces)).on(namespaces) == found
