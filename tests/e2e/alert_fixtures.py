"""Fixtures of the tests of alerts; a pytest plugin of the modules that want them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from fusion_cli.bench.browser import Browser
from fusion_cli.stack import Stack
from tests.e2e.catchers import MailCatcher, serving
from tests.e2e.client import Rpc
from tests.e2e.screen import Screen
from tests.waiting import until

SETTLE_S = 60
"""What has just been connected, and all when the server has just started, is given so long at least until its silence
means anything."""
_SETTLED = f"""
    SELECT max(connected_since) < now() AT TIME ZONE 'UTC' - interval '{SETTLE_S} s'
      FROM iot_runtime_worker WHERE state = 'connected'
"""


@pytest.fixture
def settle(stack: Stack) -> Callable[[], None]:
    """Waits until what falls silent now is silent for the rules as well."""

    def wait() -> None:
        until(lambda: stack.sql(_SETTLED) == [["t"]], SETTLE_S, "what is connected has settled")

    return wait


@pytest.fixture
def mails(admin: Rpc) -> Iterator[MailCatcher]:
    """A mail server that Odoo sends through."""
    with serving(MailCatcher()) as catcher:
        values = {"name": "Catcher", "smtp_host": "127.0.0.1", "smtp_port": catcher.port, "sequence": 1}
        server = admin.create("ir.mail_server", {**values, "smtp_encryption": "none"})
        yield catcher
        admin.call("ir.mail_server", "unlink", [server])


@pytest.fixture
def only(admin: Rpc) -> Iterator[Callable[[Mapping[str, list[int]]], None]]:
    """Has the rules that are on watch these records alone: ids by model, none of any other one."""
    rules = admin.search_read("iot.alert.rule", [["enabled", "=", True]], ["source_model"])

    def narrow(sources: Mapping[str, list[int]]) -> None:
        for rule in rules:
            ids = sources.get(rule["source_model"], [])
            admin.call("iot.alert.rule", "write", [rule["id"]], {"source_domain": f"[('id', 'in', {ids})]"})

    try:
        yield narrow
    finally:
        ids = [rule["id"] for rule in rules]
        admin.call("iot.alert.rule", "write", ids, {"source_domain": False})


@pytest.fixture
def screen(stack, blank_browser: Browser) -> Screen:
    """The web client, in which nobody is logged in."""
    return Screen(blank_browser, stack)
