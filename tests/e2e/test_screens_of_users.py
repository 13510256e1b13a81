"""Every screen of the suite as those see it who are no administrators, and on a phone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest

from fusion_cli.bench.browser import Browser
from tests.e2e.screens import SETTLE_S, SHOWN, look_around

PHONE = (390, 844)
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
        look_around(browser)
        if found := [*browser.trouble(), *_listed(browser, _DIALOGS)]:
            trouble[name] = found
    assert not trouble


def test_nothing_hangs_over_on_a_phone(stack, browser: Browser):
    browser.log_in(stack)
    browser.note_trouble()
    browser.hold_like_a_phone(*PHONE)
    trouble = {}
    for name, action in _menus(browser).items():
        _open(browser, stack.url, name, action)
        time.sleep(SETTLE_S)
        wide = _listed(browser, _TOO_WIDE)
        look_around(browser)
        if found := [*wide, *_listed(browser, _TOO_WIDE), *browser.trouble()]:
            trouble[name] = found
    assert not trouble


def _menus(browser: Browser) -> dict[str, int]:
    """The action of each menu of the suite that is shown to whom is logged in, by the name of the menu."""
    return dict(_listed(browser, _MENUS))


def _open(browser: Browser, url: str, name: str, action: int) -> None:
    browser.open(f"{url}/odoo/action-{action}")
    browser.wait(f"location.pathname !== '/web/login' && {SHOWN}", name)


def _listed(browser: Browser, script: str) -> list:
    found = browser.run(script)
    assert isinstance(found, list), json.dumps(found)
    return found
