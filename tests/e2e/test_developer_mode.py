"""Every screen of the suite in developer mode, in which the web client checks more than it does otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from fusion_cli.bench.browser import Browser

SETTLE_S = 0.6
_SHOWN = "document.querySelector('.o_action_manager > .o_action') && !document.querySelector('.o_blockUI')"
_VIEWS = """[...document.querySelectorAll('.o_cp_switch_buttons .o_switch_view')]
    .map((button) => [...button.classList].find((name) => /^o_(?!switch_view)/.test(name)))"""
_ROW = ".o_data_row td.o_data_cell, .o_kanban_record:not(.o_kanban_ghost)"
_TABS = "document.querySelectorAll('.o_form_view .o_notebook_headers .nav-link')"


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
        browser.wait(f"window.odoo?.debug === '1' && {_SHOWN}", f"{item['module']}.{item['name']}")
        _look_around(browser)
        if found := browser.trouble():
            trouble[f"{item['module']}.{item['name']}"] = found
    assert not trouble


def test_trouble_is_noted(stack, browser: Browser):
    """The test above can fail."""
    browser.open(f"{stack.url}/odoo/iot-boxes?debug=1")
    browser.wait(_SHOWN, "the web client")
    assert browser.trouble() == []
    browser.run("console.error('broken'), void Promise.reject(new Error('refused'))")
    time.sleep(SETTLE_S)
    said = browser.trouble()
    assert said[0] == "broken"
    assert any("refused" in line for line in said)
    assert browser.trouble() == []


def _look_around(browser: Browser) -> None:
    """Go through the views, into the first record, and through its tabs."""
    time.sleep(SETTLE_S)
    views = browser.run(_VIEWS)
    assert isinstance(views, list)
    for view in [*views, *(["o_list"] if "o_list" in views else [])]:
        _click(browser, f"document.querySelector('.o_cp_switch_buttons .{view}')")
        browser.wait(_SHOWN, view)
    _click(browser, f"document.querySelector({_ROW!r})")
    tabs = browser.run(f"{_TABS}.length")
    assert isinstance(tabs, int)
    for index in range(tabs):
        _click(browser, f"{_TABS}[{index}]")


def _click(browser: Browser, element: str) -> None:
    browser.run(f"void {element}?.click()")
    time.sleep(SETTLE_S)
