"""Who an OPC UA server is, and who we are."""

import pytest
from asyncua import ua
from asyncua.common.utils import ServiceError
from asyncua.server.internal_session import InternalSession
from hypothesis import given
from hypothesis import strategies as st

from fusion_iot_core.connectors import (
    Busy,
    ConnectorError,
    LoginRefused,
    Misconfigured,
    parse_config,
)
from fusion_iot_core.connectors.opc_ua import make_certificate
from fusion_iot_core.connectors.opc_ua.settings import opc_ua_settings
from fusion_iot_core.connectors.opc_ua.trust import (
    UnknownServer,
    fingerprint,
    parse_certificate,
    server_certificate,
)
from fusion_iot_core.connectors.opc_ua.words import words
from tests.certificates import Authority
from tests.unit.opc_ua_cases import LOGIN, SIGNED, certificate, connector, error, run, secured, who
from tests.unit.opc_ua_peer import ALL, OpcUaPeer


@pytest.fixture
def ours():
    return certificate("ours")


@pytest.fixture
def theirs():
    return certificate("theirs")


@pytest.fixture
def others():
    return certificate("others")


class TestLogin:
    def test_user_and_password(self):
        async def use(made, _peer):
            return await made.test_connection()

        test = run(use, LOGIN, OpcUaPeer(users=True))
        assert test.success, test.error_details
        assert test.steps[2].text == "The password travels unencrypted."

    @pytest.mark.parametrize(
        ("credentials", "text"),
        [
            ({**LOGIN, "password": "wrong"}, "does not accept user and password"),
            ({}, "lets nobody in without a user"),
        ],
    )
    def test_refused(self, credentials, text):
        found = error(LoginRefused, credentials, OpcUaPeer(users=True))
        assert text in str(found)
        assert found.state.waits_for_an_edit
        assert found.code.startswith("Bad")

    def test_no_session_is_left_where_it_was_refused(self):
        async def use(made, peer):
            for _ in range(3):
                with pytest.raises(LoginRefused):
                    await made.read()
            return peer.sessions

        assert run(use, {**LOGIN, "password": "wrong"}, OpcUaPeer(users=True)) == 0

    def test_by_certificate(self, ours, theirs):
        user = {"user_certificate": ours.certificate, "user_private_key": ours.private_key}

        async def use(made, _peer):
            return await made.read()

        options = {"security_policy": SIGNED, "server_fingerprint": theirs.fingerprint}
        found = run(use, who(ours, **user), secured(theirs, users=True), **options)
        assert found[0].value == 180.1


class TestSecurity:
    @pytest.mark.parametrize(
        ("policy", "mode"),
        [
            ("Basic256Sha256", "SignAndEncrypt"),
            ("Basic256Sha256", "Sign"),
            ("Aes128Sha256RsaOaep", "SignAndEncrypt"),
            ("Aes256_Sha256_RsaPss", "Sign"),
        ],
    )
    def test_policies(self, ours, theirs, policy, mode):
        async def use(made, _peer):
            test = await made.test_connection()
            return test, await made.read(), await made.get_capabilities()

        test, values, can = run(
            use,
            who(ours, **LOGIN),
            secured(theirs, users=True),
            security_policy=policy,
            security_mode=mode,
            server_fingerprint=theirs.fingerprint.lower().replace(":", ""),
        )
        assert test.success, test.error_details
        assert [each.name for each in test.steps] == ["resolve", "tcp", "tls", "login", "read"]
        assert theirs.fingerprint in test.steps[2].text
        assert test.steps[3].text == ""
        assert values[0].value == 180.1
        assert can.details == {"server_fingerprint": theirs.fingerprint}

    def test_nothing_is_told_to_a_server_that_nobody_has_trusted(self, ours, theirs):
        async def use(made, peer):
            asked = []
            peer.inner.user_manager.get_user = lambda *_args, **more: asked.append(more)
            test = await made.test_connection()
            with pytest.raises(UnknownServer) as caught:
                await made.read()
            return test, caught.value, await made.get_capabilities(), asked

        test, refused, can, asked = run(
            use, who(ours, **LOGIN), secured(theirs, users=True), security_policy=SIGNED
        )
        assert (test.success, test.status) == (False, "error")
        assert [(each.name, each.ok) for each in test.steps][-1] == ("tls", False)
        assert theirs.fingerprint in test.steps[-1].text
        assert "Nobody has trusted" in test.error_details
        assert refused.fingerprint == theirs.fingerprint
        assert can.details == {"server_fingerprint": theirs.fingerprint}
        assert asked == []

    def test_another_certificate_than_the_trusted_one(self, ours, theirs, others):
        found = error(
            UnknownServer,
            who(ours),
            secured(others),
            security_policy=SIGNED,
            server_fingerprint=theirs.fingerprint,
        )
        assert "another certificate" in str(found)
        assert found.fingerprint == others.fingerprint
        assert found.path == "additional_config.server_fingerprint"

    def test_without_security_a_pinned_one_is_compared_too(self, theirs, others):
        """The password would be encrypted for whoever shows it."""
        pinned = {"server_fingerprint": theirs.fingerprint}
        found = error(UnknownServer, LOGIN, secured(others, users=True), **pinned)
        assert found.fingerprint == others.fingerprint

        async def use(made, _peer):
            return await made.read()

        assert run(use, LOGIN, secured(theirs, users=True), **pinned)[0].value == 180.1

    def test_one_that_has_expired(self, ours):
        old = make_certificate("Oven", "urn:oven", host="localhost", days=-0.5)
        found = error(
            Misconfigured, who(ours), secured(old), security_policy=SIGNED, server_fingerprint=old.fingerprint
        )
        assert "expired on" in str(found)

    def test_one_that_cannot_be_used(self, ours, tmp_path):
        """Of a kind that no policy has."""
        issued = Authority(tmp_path).issue("oven")
        pem = issued.certificate.read_text()
        mark = fingerprint(parse_certificate(pem, ""))
        peer = OpcUaPeer(ALL, pem, issued.key.read_text())
        found = error(ConnectorError, who(ours), peer, security_policy=SIGNED, server_fingerprint=mark)
        assert "cannot be" in str(found)

    @given(st.binary(max_size=40))
    def test_what_is_no_certificate(self, junk):
        for der in (junk, b"\x30" + junk, b"\x30\x82" + junk, None):
            assert server_certificate(der) is None

    def test_ours_has_expired(self, theirs):
        old = make_certificate(application_uri="urn:bakery:fusion", host="localhost", days=-0.5)
        found = error(
            Misconfigured,
            who(old),
            secured(theirs),
            security_policy=SIGNED,
            server_fingerprint=theirs.fingerprint,
        )
        assert "Our certificate expired" in str(found)

    @pytest.mark.parametrize(
        ("status", "kind", "text"),
        [
            (ua.StatusCodes.BadSecurityChecksFailed, LoginRefused, "does not trust our certificate"),
            (ua.StatusCodes.BadCertificateUntrusted, LoginRefused, "does not trust our certificate"),
            (ua.StatusCodes.BadCertificateUriInvalid, Misconfigured, "refuses our certificate"),
        ],
    )
    def test_a_server_that_does_not_trust_us(self, ours, theirs, status, kind, text):
        async def use(made, peer):
            peer.refuse_clients(status)
            await made.read()

        found = error(
            kind,
            who(ours),
            secured(theirs),
            use,
            security_policy=SIGNED,
            server_fingerprint=theirs.fingerprint,
        )
        assert text in str(found)
        if kind is LoginRefused:
            assert ours.fingerprint in str(found)

    def test_a_policy_that_it_does_not_have(self, ours, theirs):
        found = error(
            Misconfigured,
            who(ours),
            secured(theirs),
            security_policy="Aes128Sha256RsaOaep",
            security_mode="Sign",
        )
        assert "does not offer Aes128Sha256RsaOaep with Sign; it offers None, Basic256Sha256 with" in str(
            found
        )

    def test_a_server_that_wants_security(self, theirs):
        only = OpcUaPeer(ALL[1:2], theirs.certificate, theirs.private_key)
        found = error(Misconfigured, peer=only)
        assert "it offers Basic256Sha256 with SignAndEncrypt" in str(found)

    def test_one_that_says_so_only_at_the_login(self, monkeypatch):
        async def use(made, _peer):
            async def refuse(*_args, **_more):
                raise ServiceError(ua.StatusCodes.BadSecurityModeRejected)

            monkeypatch.setattr(InternalSession, "create_session", refuse)
            await made.read()

        assert "connections without security; it offers None" in str(error(Misconfigured, use=use))

    def test_its_certificate_may_be_entered_instead(self, ours, theirs):
        async def use(made, _peer):
            return await made.read()

        options = {"server_certificate": theirs.certificate, "server_fingerprint": theirs.fingerprint}
        assert run(use, who(ours), secured(theirs), security_policy=SIGNED, **options)[0].value == 180.1

    def test_an_empty_error_of_the_library_has_words(self, ours):
        config = parse_config(
            {
                "protocol": "opc_ua",
                "endpoint": "oven",
                "credentials": who(ours),
                "additional_config": {"security_policy": SIGNED},
            }
        )
        settings = opc_ua_settings(config)
        assert ours.fingerprint in str(words(AssertionError(), settings, "channel"))
        assert "KeyError: 'x'" in str(words(KeyError("x"), settings, "the values"))
        for code in ("BadTooManySessions", "BadTcpNotEnoughResources"):
            assert isinstance(
                words(ua.UaStatusCodeError(getattr(ua.StatusCodes, code)), settings, "login"), Busy
            )

    def test_a_certificate_of_ones_own(self, ours):
        assert ours.application_uri == "urn:bakery:fusion"
        assert ours.private_key not in repr(ours)
        made = connector("oven", who(ours), security_policy=SIGNED, server_fingerprint=ours.fingerprint)
        assert made._settings.application_uri == "urn:bakery:fusion"
        assert ours.private_key not in repr(made._settings)
