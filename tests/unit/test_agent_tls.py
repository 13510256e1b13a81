"""The certificate of the server is checked, also one of an authority of the shop's own."""

import pytest

from fusion_cli.testing.pace import patient
from fusion_iot_core.queue.client import Client, NoAnswer
from tests.certificates import Authority
from tests.unit.agent_cases import TOKEN, FakeClock, FakeServer, HttpServer


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


def post(certificate, ca_file):
    clock = FakeClock()
    with HttpServer(FakeServer(clock), certificate) as server:
        client = Client(
            server.url, TOKEN, ca_file=str(ca_file), timeout=patient(5), wall=lambda: clock.true_ms / 1000
        )
        return client.post_body(b'{"readings": []}')


def test_an_authority_of_the_own(authority):
    assert post(authority.issue("server"), authority.certificate).status == 400


@pytest.mark.parametrize(
    ("options", "reason"),
    [({"days": (-2, -1)}, "expired"), ({"address": "127.0.0.2"}, "mismatch")],
    ids=["expired", "of another"],
)
def test_a_certificate_that_does_not_fit(authority, options, reason):
    with pytest.raises(NoAnswer, match=f"not trusted.*{reason}"):
        post(authority.issue("server", **options), authority.certificate)


def test_an_authority_that_nobody_knows(authority):
    with pytest.raises(NoAnswer, match="not trusted"):
        post(authority.issue("server"), "")
