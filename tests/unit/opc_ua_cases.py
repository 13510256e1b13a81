"""What the tests of the OPC UA connector begin with."""

import asyncio
from functools import cache

import pytest

from fusion_iot_core.connectors import ConnectorFactory
from fusion_iot_core.connectors.opc_ua import make_certificate
from tests.unit.opc_ua_peer import ALL, BAKER, OVEN, PASSWORD, OpcUaPeer

LOGIN = {"username": BAKER, "password": PASSWORD}
SIGNED = "Basic256Sha256"
# Long enough for a slow machine where an answer comes, short where none will.
PATIENT, HASTY = 60, 0.4


@cache
def certificate(name):
    """One for a test run: a key takes its time."""
    uri = "urn:bakery:fusion" if name == "ours" else "urn:oven"
    return make_certificate(name, uri, host="localhost")


def secured(theirs, **options):
    return OpcUaPeer(ALL, theirs.certificate, theirs.private_key, **options)


def who(ours, **more):
    return {"certificate": ours.certificate, "private_key": ours.private_key, **more}


def node(name, namespace=OVEN):
    kind = "i" if isinstance(name, int) else "s"
    return f"nsu={namespace};{kind}={name}"


def tags(*names, **more):
    return [{"name": str(name), "node": node(name), **more} for name in names]


def connector(url, credentials=None, timeout=PATIENT, **options):
    options.setdefault("tags", tags("Temperature"))
    config = {"endpoint": url, "credentials": credentials or {}}
    return ConnectorFactory.create_connector(
        "opc_ua", "oven-1", {**config, "additional_config": {"timeout": timeout, **options}}
    )


def run(use, credentials=None, peer=None, **options):
    """What ``use(connector, peer)`` gives; afterwards nothing is left of the connector."""

    async def play():
        server = peer or OpcUaPeer()
        async with server.running():
            made = connector(server.url, credentials, **options)
            try:
                return await use(made, server)
            finally:
                await made.close()

    return asyncio.run(play())


def read(*names, peer=None, prepare=None, **options):
    """The values of tags by name."""

    async def use(made, server):
        if prepare:
            prepare(server)
        return {each.tag.name: each for each in await made.read()}

    return run(use, peer=peer, tags=options.pop("tags", tags(*names)), **options)


def error(kind, credentials=None, peer=None, use=None, **options):
    """The error that reading ends with; it has no secret in it."""

    async def plain(made, _server):
        await made.read()

    with pytest.raises(kind) as caught:
        run(use or plain, credentials, peer, **options)
    assert PASSWORD not in str(caught.value)
    assert "PRIVATE KEY" not in str(caught.value)
    return caught.value
