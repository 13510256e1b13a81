"""Alerts and switches, for those who hear a screen, see it badly or have no mouse: axe-core finds nothing in them."""

from __future__ import annotations

import pytest

from fusion_cli.bench.browser import Browser
from tests.e2e.axe import findings
from tests.e2e.client import Rpc
from tests.e2e.person import DESKTOP, PHONE, TABLET
from tests.waiting import until

SIZES = pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
_TAB = """[...document.querySelectorAll('.o_notebook_headers .nav-link')]
    .find(({ innerText }) => innerText.trim() === 'Switches').click()"""
_BELL = "document.querySelector('.o_fusion_alert_button').click()"


@pytest.fixture(scope="module")
def alert(stack, admin: Rpc) -> int:
    """An alert that is open."""
    # Without an interval, of which the server would give it three from its own start on.
    values = {"name": "Scale that is offline", "identifier": "e2e-accessibility", "expected_interval": 0}
    device = admin.create("iot.device", values)
    stack.sql(
        "UPDATE iot_device SET presence = 'offline', last_seen = now() AT TIME ZONE 'UTC' - interval '1 hour'"
        f" WHERE id = {device}"
    )
    domain = [["res_model", "=", "iot.device"], ["res_id", "=", device], ["status", "=", "active"]]
    [found] = until(lambda: admin.search_read("iot.alert", domain, ["text"]), 60, "its alert")
    return found["id"]


def _open(browser: Browser, stack, size: tuple[int, int], path: str, shown: str) -> None:
    browser.resize(*size, fingers=size == PHONE)
    browser.open(f"{stack.url}/odoo/{path}")
    browser.wait(f"document.querySelector('{shown}') && window.fusionWork", path)
    browser.settle(path)


@SIZES
def test_the_list_of_alerts(stack, browser: Browser, alert: int, size: tuple[int, int]):
    shown = ".o_kanban_record" if size == PHONE else ".o_data_row"
    _open(browser, stack, size, "iot-alerts", shown)
    browser.run(_BELL)
    browser.wait(
        "document.querySelector('.o_fusion_alert_menu .o_fusion_alert_item')", "the menu of the bell"
    )
    browser.settle("the menu of the bell")
    assert findings(browser) == []


@SIZES
def test_an_alert(stack, browser: Browser, alert: int, size: tuple[int, int]):
    _open(browser, stack, size, f"iot-alerts/{alert}", ".o_form_sheet")
    assert findings(browser) == []


@SIZES
def test_the_switches_of_a_device(stack, browser: Browser, admin: Rpc, size: tuple[int, int]):
    [lamps] = admin.search_read("iot.device", [["name", "=", "Lamps of line 1"]], ["name"])
    _open(browser, stack, size, f"iot-devices/{lamps['id']}", ".o_notebook_headers")
    browser.run(_TAB)
    browser.wait("document.querySelector('[name=action_on]')", "the switches")
    browser.settle("the switches")
    assert findings(browser) == []


def test_what_is_wrong_is_found(stack, browser: Browser, alert: int):
    """The tests of accessibility can fail: with a button that has no name, and a text that is hardly seen."""
    _open(browser, stack, DESKTOP, "overview", ".o_fusion_tile .fa[aria-label]")
    assert findings(browser) == []
    browser.run("document.querySelector('.o_fusion_tile .fa[aria-label]').setAttribute('aria-label', '')")
    browser.run("document.querySelector('#o_fusion_attention').style.color = '#bbbbbb'")
    rules = {found.partition(" ")[0] for found in findings(browser)}
    assert rules == {"role-img-alt", "color-contrast"}
