"""Every screen of the suite: in developer mode, as those see it who are no administrators, and on a phone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from fusion_cli.bench.browser import Browser

SETTLE_S = 0.6
_SHOWN = "document.querySelector('.o_action_manager > .o_action') && !document.querySelector('.o_blockUI')"
_VIEWS = """[...document.querySelectorAll('.o_cp_switch_buttons .o_switch_view')]
    .map((button) => [...button.classList].find((name) => /^o_(?!switch_view)/.test(name)))"""
_ROW = ".o_data_row td.o_data_cell:not(.o_handle_cell), .o_kanban_record:not(.o_kanban_ghost)"
_TABS = "document.querySelectorAll('.o_form_view .o_notebook_headers .nav-link')"
PHONE = (390, 844)
ADDONS = {
    "fusion_iot",
    "fusion_plating",
    "fusion_plating_iot",
    "fusion_plating_quality",
    "fusion_session_detector",
}
_MENUS = """
    fetch('/web/webclient/load_menus').then((answer) => answer.json()).then((menus) =>
        Object.values(menus)
            .filter(({ actionID, xmlid }) => actionID && (xmlid || '').startsWith('fusion_'))
            .map(({ actionID, xmlid }) => [xmlid, actionID]))
"""
_DIALOGS = "[...document.querySelectorAll('.modal')].map((dialog) => dialog.innerText.slice(0, 500))"
# What hangs over is cut off or lies where nobody looks. Lists scroll in a box of their own.
_TOO_WIDE = """
    [...document.querySelectorAll('.o_control_panel, .o_form_sheet, .o_fusion_timeline')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => `${element.className}: ${element.scrollWidth} of ${element.clientWidth}`)
"""


@pytest.fixture
def browser() -> Iterator[Browser]:
    """A browser of its own: who is logged in stays so."""
    with Browser() as found:
        yield found


@pytest.mark.parametrize(
    ("login", "seen", "hidden"),
    [
        ("operator", "fusion_plating.menu_plating_tank", "fusion_plating.menu_plating_bath_parameter"),
        ("quality", "fusion_plating.menu_plating_bath_parameter", "fusion_plating.menu_plating_line"),
    ],
)
def test_every_menu_of(login: str, seen: str, hidden: str, stack, browser: Browser):
    browser.log_in(stack, login, login)
    browser.note_trouble()
    menus = _menus(browser)
    assert seen in menus
    assert hidden not in menus
    trouble = {}
    for name, action in menus.items():
        _open(browser, stack.url, name, action)
        _look_around(browser)
        if found := [*browser.trouble(), *_listed(browser, _DIALOGS)]:
            trouble[name] = found
    assert not trouble


def test_every_menu_in_developer_mode(stack, browser: Browser):
    """The web client checks more there than it does otherwise."""
    browser.log_in(stack)
    browser.note_trouble()
    menus = _menus(browser)
    assert {name.partition(".")[0] for name in menus} == ADDONS
    trouble = {}
    for name, action in menus.items():
        _open(browser, stack.url, name, action, "?debug=1")
        assert browser.run("odoo.debug") == "1"
        _look_around(browser)
        if found := browser.trouble():
            trouble[name] = found
    assert not trouble


def test_trouble_is_noted(stack, browser: Browser):
    """The tests of this module can fail."""
    browser.log_in(stack)
    browser.note_trouble()
    browser.open(f"{stack.url}/odoo/iot-boxes?debug=1")
    browser.wait(_SHOWN, "the web client")
    assert browser.trouble() == []
    browser.run("console.error('broken'), void Promise.reject(new Error('refused'))")
    time.sleep(SETTLE_S)
    said = browser.trouble()
    assert said[0] == "broken"
    assert any("refused" in line for line in said)
    assert browser.trouble() == []


def test_nothing_hangs_over_on_a_phone(stack, browser: Browser):
    browser.log_in(stack)
    browser.note_trouble()
    browser.hold_like_a_phone(*PHONE)
    trouble = {}
    for name, action in _menus(browser).items():
        _open(browser, stack.url, name, action)
        time.sleep(SETTLE_S)
        wide = _listed(browser, _TOO_WIDE)
        _look_around(browser)
        if found := [*wide, *_listed(browser, _TOO_WIDE), *browser.trouble()]:
            trouble[name] = found
    assert not trouble


def _menus(browser: Browser) -> dict[str, int]:
    """The action of each menu of the suite that is shown to whom is logged in, by the name of the menu."""
    return dict(_listed(browser, _MENUS))


def _open(browser: Browser, url: str, name: str, action: int, query: str = "") -> None:
    browser.open(f"{url}/odoo/action-{action}{query}")
    browser.wait(f"location.pathname !== '/web/login' && {_SHOWN}", name)


def _listed(browser: Browser, script: str) -> list:
    found = browser.run(script)
    assert isinstance(found, list), json.dumps(found)
    return found


def _look_around(browser: Browser) -> None:
    """Go through the views of what is open, into the first record, and through its tabs."""
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
