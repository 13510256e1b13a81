"""A person who has the machines open sees them come and go without touching anything."""

from __future__ import annotations

import json
from datetime import datetime, timezone

from fusion_iot_core.detector import SessionConfig
from tests.e2e.session_shop import COMPLETED, RUNNING
from tests.waiting import within

pytest_plugins = ("tests.e2e.session_fixtures",)

QUICK = SessionConfig(start_debounce_s=1, stop_debounce_s=1)
WITHIN_S = 6.0
_CARD = """[...document.querySelectorAll('.o_kanban_record')]
    .find((card) => card.innerText.includes({name}))?.innerText"""
_ROW = """[...document.querySelectorAll('tr.o_data_row')]
    .find((row) => row.innerText.includes({name}))?.innerText"""


def test_the_card_of_a_machine_follows_its_power(stack, shop, browser):
    machine = shop.machine(QUICK)
    card = _CARD.format(name=json.dumps(machine.name))
    browser.open(f"{stack.url}/odoo/iot-machines")
    browser.wait(f"{card} !== undefined", "the card of the machine")
    browser.run("window.notReloaded = true")

    def shows(*texts: str) -> None:
        conditions = " && ".join(f"({card})?.includes({json.dumps(text)})" for text in texts)
        with within(WITHIN_S, f"the card shows {texts}"):
            browser.wait(conditions, f"{texts}; the card says {browser.run(card)!r}")

    machine.says((datetime.now(timezone.utc), 50.0))
    machine.wait_for(RUNNING, "standby")
    shows("Standby", "50", "running for", "s ago", "End session")
    machine.says((datetime.now(timezone.utc), 431.0))
    shows("Working", "431")
    machine.says((datetime.now(timezone.utc), 388.0))
    shows("388")
    machine.says((datetime.now(timezone.utc), 0.0))
    machine.wait_for(COMPLETED)
    shows("Idle", "Start session")
    assert browser.run("window.notReloaded") is True


def test_sessions_appear_in_the_list_and_end_there(stack, shop, browser):
    machine = shop.machine(QUICK)
    row = _ROW.format(name=json.dumps(machine.name))
    action = "fusion_session_detector.mqtt_session_action"
    browser.open(f"{stack.url}/odoo/action-{action}?view_type=list")
    browser.wait("document.querySelector('.o_list_view')", "the list of sessions")
    browser.run("window.notReloaded = true")
    machine.says((datetime.now(timezone.utc), 500.0))
    machine.wait_for(RUNNING)
    browser.wait(f"({row})?.includes('Running')", f"a running session; the row says {browser.run(row)!r}")
    machine.says((datetime.now(timezone.utc), 0.0))
    machine.wait_for(COMPLETED)
    browser.wait(f"({row})?.includes('Completed')", f"its end; the row says {browser.run(row)!r}")
    assert browser.run("window.notReloaded") is True
