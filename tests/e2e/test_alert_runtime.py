"""A server that ran the runtime is dead: another one, which does not, tells people so, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from fusion_cli.testing.pace import patient, promised
from tests.e2e.catchers import MailCatcher
from tests.e2e.client import Rpc
from tests.e2e.mqtt_servers import Server, Servers, bystanding, tell
from tests.e2e.screen import Screen
from tests.waiting import until

pytest_plugins = ["tests.e2e.alert_fixtures"]

OWN_S = 25.0
"""Fifteen seconds without a sign of life, and the delay of the rule."""
TOLD_WITHIN_S = 60.0
SHOWN_WITHIN_S = 15.0 + 30.0
"""On the screen: the web client asks every half minute."""
NAME = "IoT runtime"
FIELDS = ["status", "severity", "told_at", "duration", "duration_text", "trigger_count", "is_suppressed"]
_SAYS = "document.querySelector('.o_fusion_runtime_systray')?.innerText.includes('IoT runtime down since')"


@pytest.fixture(scope="module")
def web(stack) -> Iterator[Server]:
    """The server that people look at. It runs scheduled actions, and not the runtime."""
    with bystanding(stack, jobs=True) as server:
        yield server


@pytest.fixture
def runtime(stack, web: Server) -> Iterator[Server]:
    """The server that runs the runtime."""
    servers = Servers(stack)
    try:
        yield servers("runtime")
    finally:
        servers.close()
    assert not servers.problems(), servers.problems()


def test_it_is_told_by_another_server(
    admin: Rpc, runtime: Server, only: Callable[..., None], mails: MailCatcher, screen: Screen
):
    [engine] = admin.call("iot.alert.engine", "search", [])
    only({"iot.alert.engine": [engine]})

    def alerts() -> list[dict]:
        domain = [["alert_type", "=", "runtime_down"], ["res_id", "=", engine]]
        return admin.search_read("iot.alert", domain, FIELDS)

    until(lambda: admin.call("iot.runtime.worker", "health")["alive"], 30, "the runtime is up")
    screen.open("manager")
    screen.shows("alerts_critical", 0, patient(60))
    before = len(alerts())
    runtime.kill()
    killed, told = time.monotonic(), {}

    def all_are_told() -> bool:
        seen = {
            "menu bar": screen.browser.run(f"Boolean({_SAYS})"),
            "mail": mails.to("manager@", NAME),
            "screen": screen.told(NAME),
        }
        for way, is_so in seen.items():
            if is_so:
                told.setdefault(way, time.monotonic() - killed)
        return len(told) == len(seen)

    try:
        until(all_are_told, 120, "it is told by mail and on the screen", every=0.2)
    finally:
        tell(f"{NAME}: {', '.join(f'{way} {after:.0f} s' for way, after in told.items())}")
    assert told["menu bar"] <= promised(SHOWN_WITHIN_S)
    for way in ("mail", "screen"):
        assert OWN_S - 3 <= told[way] <= promised(OWN_S + TOLD_WITHIN_S), told
    [opened] = alerts()[before:]
    assert (opened["status"], opened["severity"], opened["is_suppressed"]) == ("active", "critical", False)
    screen.shows("alerts_critical", 1, patient(60))
    until(lambda: screen.bell() == (1, "critical"), 60, "the bell tells it")
    assert any(NAME in item for item in screen.attends()), screen.attends()

    runtime.start()
    over = until(lambda: [a for a in alerts()[before:] if a["status"] == "resolved"], 30, "it is over")
    [alert] = over
    assert 0 < alert["duration"] < time.monotonic() - killed
    assert alert["duration_text"]
    assert (alert["id"], alert["trigger_count"], alert["told_at"]) == (opened["id"], 1, opened["told_at"])
    screen.shows("alerts_critical", 0, patient(60))
    until(lambda: screen.bell() == (0, "") and not screen.browser.run(_SAYS), 60, "the menu bar is silent")
    until(lambda: not screen.messages(), 60, "nothing on the screen says what is over")
    assert screen.told(NAME) == 1
    assert {person: len(mails.to(person, NAME)) for person in ("manager@", "operator@", "quality@")} == {
        "manager@": 1,
        "operator@": 0,
        "quality@": 0,
    }
