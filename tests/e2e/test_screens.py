"""Every screen of the suite: in developer mode, as those see it who are no administrators, and on a phone."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from fusion_cli.bench.browser import Browser
from fusion_cli.testing.standstill import progress

_SHOWN = "document.querySelector('.o_action_manager > .o_action') && !document.querySelector('.o_blockUI')"
_SERVICES = "odoo.__WOWL_DEBUG__.root.env.services"
# Each control panel has one that takes half a second, for nothing that is seen.
_NO_TRANSITIONS = "void (odoo.loader.modules.get('@web/core/transition').config.disabled = true)"
_VIEWS = """[...document.querySelectorAll('.o_cp_switch_buttons .o_switch_view')]
    .map((button) => [...button.classList].find((name) => /^o_(?!switch_view)/.test(name)))"""
_ROW = ".o_data_row td.o_data_cell:not(.o_handle_cell), .o_kanban_record:not(.o_kanban_ghost)"
_TABS = "document.querySelectorAll('.o_form_view .o_notebook_headers .nav-link')"
PHONE = (390, 844)
ADDONS = {
    "fusion_iot",
    "fusion_maintenance",
    "fusion_plating",
    "fusion_plating_iot",
    "fusion_plating_quality",
    "fusion_session_detector",
}
_MENUS = """
    fetch('/web/webclient/load_menus', { cache: 'no-store' }).then((answer) => answer.json()).then((menus) =>
        Object.values(menus)
            .filter(({ actionID, xmlid }) => actionID && (xmlid || '').startsWith('fusion_'))
            .map(({ id, actionID, xmlid }) => [xmlid, id, actionID]))
"""
_DIALOGS = "[...document.querySelectorAll('.modal')].map((dialog) => dialog.innerText.slice(0, 500))"
_NO_DEVELOPER_MODE = "odoo.debug === '1' ? [] : ['not in developer mode']"
# What hangs over is cut off or lies where nobody looks. Lists scroll in a box of their own.
_TOO_WIDE = """
    [...document.querySelectorAll('.o_control_panel, .o_form_sheet, .o_fusion_timeline')]
        .filter((element) => element.scrollWidth > element.clientWidth + 1)
        .map((element) => `${element.className}: ${element.scrollWidth} of ${element.clientWidth}`)
"""
_HANG_OVER = """document.querySelector('.o_control_panel')
    .append(Object.assign(document.createElement('div'), { style: 'width: 9999px; height: 1px; flex: none' }))"""
_FAIL_LATE = """addEventListener(
    'click', () => setTimeout(() => Promise.reject(new Error('late')), 300), { once: true })"""


@dataclass(frozen=True)
class Menu:
    """A menu that is shown to whom is logged in, and its action."""

    id: int
    action: int


@pytest.fixture
def browser(blank_browser: Browser) -> Browser:
    """A browser in which nobody is logged in."""
    return blank_browser


@pytest.mark.parametrize(
    ("login", "seen", "hidden"),
    [
        ("operator", "fusion_plating.menu_plating_tank", "fusion_plating.menu_plating_bath_parameter"),
        ("quality", "fusion_plating.menu_plating_bath_parameter", "fusion_plating.menu_plating_line"),
    ],
)
def test_every_menu_of(login: str, seen: str, hidden: str, stack, browser: Browser):
    browser.log_in(stack, login, login)
    menus = _menus(browser)
    assert seen in menus
    assert hidden not in menus
    _load(browser, stack.url, menus)
    _assert_no_trouble(browser, login, menus, wrong=_DIALOGS)


def test_every_menu_in_developer_mode(stack, browser: Browser):
    """The web client checks more there than it does otherwise."""
    browser.log_in(stack)
    menus = _menus(browser)
    assert {name.partition(".")[0] for name in menus} == ADDONS
    _load(browser, stack.url, menus, "?debug=1")
    _assert_no_trouble(browser, f"{stack.login} in developer mode", menus, wrong=_NO_DEVELOPER_MODE)


def test_trouble_is_noted(stack, browser: Browser):
    """The tests of this module can fail."""
    browser.log_in(stack)
    menus = _menus(browser)
    _load(browser, stack.url, menus, "?debug=1")
    assert browser.trouble() == []
    browser.run("console.error('broken'), void Promise.reject(new Error('refused'))")
    browser.settle("what fails")
    said = browser.trouble()
    assert said[0] == "broken"
    assert any("refused" in line for line in said)
    assert browser.trouble() == []
    assert "Something went wrong" in _listed(browser, _DIALOGS)[0]
    assert _listed(browser, _TOO_WIDE) == []
    browser.run(_HANG_OVER)
    assert "o_control_panel" in _listed(browser, _TOO_WIDE)[0]
    one, another = list(menus.items())[1:3]
    browser.run(_FAIL_LATE)
    found = _trouble(browser, stack.login, dict([one, another]))
    assert list(found) == [one[0]]
    assert "late" in found[one[0]][0]
    assert _listed(browser, _DIALOGS) == _listed(browser, _TOO_WIDE) == []


def test_nothing_hangs_over_on_a_phone(stack, browser: Browser):
    browser.log_in(stack)
    browser.hold_like_a_phone(*PHONE)
    menus = _menus(browser)
    _load(browser, stack.url, menus)
    _assert_no_trouble(browser, f"{stack.login} on a phone", menus, wrong=_TOO_WIDE)


def _menus(browser: Browser) -> dict[str, Menu]:
    """The menus of the suite that are shown to whom is logged in, by name."""
    return {name: Menu(*ids) for name, *ids in _listed(browser, _MENUS)}


def _load(browser: Browser, url: str, menus: Mapping[str, Menu], query: str = "") -> None:
    """Load the web client with what the first of the menus opens."""
    name, menu = next(iter(menus.items()))
    browser.open(f"{url}/odoo/action-{menu.action}{query}")
    browser.wait(f"location.pathname !== '/web/login' && {_SHOWN}", name)
    browser.settle(name)
    browser.run(_NO_TRANSITIONS)


def _assert_no_trouble(browser: Browser, who: str, menus: Mapping[str, Menu], wrong: str) -> None:
    found = _trouble(browser, who, menus, wrong)
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)


def _trouble(
    browser: Browser, who: str, menus: Mapping[str, Menu], wrong: str = "[]"
) -> dict[str, list[str]]:
    """What goes wrong in each of the menus and behind it. What the script `wrong` lists is wrong besides."""
    found = {"what was open": browser.trouble()}
    for name, menu in menus.items():
        progress(f"{who}: {name}")
        found[name] = [
            f"{step}: {line}"
            for step, missed in _look_around(browser, menu)
            for line in [*missed, *_listed(browser, wrong), *browser.trouble()]
        ]
    return {name: lines for name, lines in found.items() if lines}


def _look_around(browser: Browser, menu: Menu) -> Iterator[tuple[str, list[str]]]:
    """Choose a menu, go through its views, into the first record, and through its tabs.

    Gives each step when it is done, and what should be shown by then but is not.
    """

    def step(name: str, script: str, shown: str) -> tuple[str, list[str]]:
        browser.run(f"void {script}")
        browser.settle(name)
        return name, [] if browser.run(f"Boolean({shown})") else [f"not shown: {shown}"]

    yield step(
        "opening it",
        f"fusionWork.during('the menu', {_SERVICES}.menu.selectMenu({menu.id}))",
        f"{_SHOWN} && {_SERVICES}.action.currentController?.action.id === {menu.action}",
    )
    views = _listed(browser, _VIEWS)
    for view in [*views, *(["o_list"] if "o_list" in views else [])]:
        button = f"document.querySelector('.o_cp_switch_buttons .{view}')"
        yield step(view, f"{button}?.click()", f"{_SHOWN} && {button}?.classList.contains('active')")
    yield step("the first record", f"document.querySelector({_ROW!r})?.click()", _SHOWN)
    tabs = browser.run(f"{_TABS}.length")
    assert isinstance(tabs, int)
    for index in range(tabs):
        tab = f"{_TABS}[{index}]"
        yield step(f"tab {index + 1}", f"{tab}?.click()", f"{tab}?.classList.contains('active')")


def _listed(browser: Browser, script: str) -> list:
    found = browser.run(script)
    assert isinstance(found, list), json.dumps(found)
    return found
