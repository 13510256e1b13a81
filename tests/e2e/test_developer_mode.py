"""Every screen of the suite in developer mode, in which the web client checks more than it does otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from fusion_cli.bench.browser import Browser
from tests.e2e.screens import SETTLE_S, SHOWN, look_around


@pytest.fixture
def browser(stack) -> Iterator[Browser]:
    """A browser that is logged in and notes what goes wrong."""
    with Browser() as found:
        found.log_in(stack)
        found.note_trouble()
        yield found


def test_every_screen(stack, admin, browser: Browser):
    names = admin.search_read(
        "ir.model.data",
        [
            ("module", "=like", "fusion%"),
            ("model", "in", ("ir.actions.act_window", "ir.actions.client", "ir.actions.server")),
        ],
        ["module", "name", "model", "res_id"],
    )
    in_menus = {
        action
        for menu in admin.search_read("ir.ui.menu", [("action", "!=", False)], ["action"])
        if (action := menu["action"])
    }
    screens = [item for item in names if f"{item['model']},{item['res_id']}" in in_menus]
    # One of each addon that has any, or the search above finds nothing any more.
    assert {"fusion_iot", "fusion_plating", "fusion_plating_iot", "fusion_plating_quality",
            "fusion_session_detector"} == {item["module"] for item in screens}  # fmt: skip
    trouble = {}
    for item in screens:
        browser.open(f"{stack.url}/odoo/action-{item['res_id']}?debug=1")
        browser.wait(f"window.odoo?.debug === '1' && {SHOWN}", f"{item['module']}.{item['name']}")
        look_around(browser)
        if found := browser.trouble():
            trouble[f"{item['module']}.{item['name']}"] = found
    assert not trouble


def test_trouble_is_noted(stack, browser: Browser):
    """The test above can fail."""
    browser.open(f"{stack.url}/odoo/iot-boxes?debug=1")
    browser.wait(SHOWN, "the web client")
    assert browser.trouble() == []
    browser.run("console.error('broken'), void Promise.reject(new Error('refused'))")
    time.sleep(SETTLE_S)
    said = browser.trouble()
    assert said[0] == "broken"
    assert any("refused" in line for line in said)
    assert browser.trouble() == []
