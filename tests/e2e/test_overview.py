"""The Overview, as those see it who have just logged in."""

from __future__ import annotations

import pytest

from fusion_cli.bench.browser import Browser
from tests.e2e.client import Rpc

DESKTOP = (1440, 900)
TABLET = (1024, 768)
PHONE = (390, 844)
FINGER_PX = 44
LOGINS = ("operator", "quality", "manager")

_HERE = "location.pathname === '/odoo/overview' && document.querySelector('.o_fusion_overview')"
_TILE = ".o_fusion_tile[data-tile={}]"
_SMALL = f"""[...document.querySelectorAll('.o_fusion_overview button')]
    .map((button) => [button.innerText, button.getBoundingClientRect()])
    .filter(([, {{ width, height }}]) => width < {FINGER_PX} || height < {FINGER_PX})
    .map(([text, {{ width, height }}]) => `${{text}}: ${{width}} x ${{height}}`)"""
_TOO_WIDE = """[...document.querySelectorAll('.o_fusion_overview, .o_fusion_overview :not(.visually-hidden)')]
    .filter((element) => element.clientWidth && element.scrollWidth > element.clientWidth + 1)
    .map((element) => `${element.className}: ${element.scrollWidth} of ${element.clientWidth}`)"""
# What assistive technology goes by: headings in order, each part a region with a name, each button with one.
_UNNAMED = """[
    ...[...document.querySelectorAll('.o_fusion_overview button')].filter((button) => !button.innerText.trim()),
    ...[...document.querySelectorAll('.o_fusion_overview > section')].filter(
        (section) => !document.getElementById(section.getAttribute('aria-labelledby'))?.innerText),
].map((element) => element.outerHTML.slice(0, 200))"""
_HEADINGS = (
    "[...document.querySelectorAll('.o_fusion_overview :is(h1, h2, h3)')].map(({ tagName }) => tagName)"
)
_COLOUR_ALONE = """[...document.querySelectorAll('.o_fusion_tile:is(.o_fusion_level_danger, .o_fusion_level_warning)')]
    .filter((tile) => !tile.querySelector('.fa[aria-label]')).map(({ innerText }) => innerText)"""


@pytest.fixture
def browser(blank_browser: Browser) -> Browser:
    """A browser in which nobody is logged in."""
    blank_browser.resize(*DESKTOP)
    return blank_browser


def _land(browser: Browser, stack, login: str) -> None:
    """Log in, and come to where that leads."""
    browser.log_in(stack, login, login)
    browser.open(f"{stack.url}/odoo")
    browser.wait(_HERE, f"the first screen of {login}")
    browser.settle("the first screen")


def _count(browser: Browser, tile: str) -> int:
    found = browser.run(
        f"Number(document.querySelector('{_TILE.format(tile)} .o_fusion_tile_count').innerText)"
    )
    assert isinstance(found, int)
    return found


def test_a_number_changes_by_itself_and_opens_its_list(stack, browser: Browser, ingest, sensor, admin):
    """The operator looks at the screen all the time; nobody touches it when the bath goes out of specification."""
    sensor_id, serial = sensor
    ingest.post({"device_serial": serial, "value": 80.0})
    _land(browser, stack, "operator")
    before = _count(browser, "tanks_out_of_spec")
    (row,) = admin.search_read("fp.tank.sensor", [["id", "=", sensor_id]], ["tank_id"])
    tank = row["tank_id"]
    assert ingest.post({"device_serial": serial, "value": 101.0}).status == 200
    tile = _TILE.format("tanks_out_of_spec")
    browser.wait(
        f"Number(document.querySelector('{tile} .o_fusion_tile_count').innerText) === {before + 1}",
        "the number on the screen",
    )
    (hold,) = admin.search_read(
        "fusion.plating.quality.hold", [["sensor_id", "=", sensor_id]], ["name", "severity"]
    )
    assert hold["severity"] == "critical"
    browser.run(f"document.querySelector('{tile}').click()")
    browser.wait(
        "document.querySelectorAll('.o_kanban_record:not(.o_kanban_ghost)').length", "the list of tanks"
    )
    browser.settle("the list of tanks")
    shown = "document.querySelectorAll('.o_kanban_record:not(.o_kanban_ghost)')"
    assert browser.run(f"{shown}.length") == before + 1
    assert browser.run(f"[...{shown}].some((card) => card.innerText.includes({tank[1]!r}))")
    assert (
        browser.run("document.querySelector('.o_breadcrumb .active').innerText.trim()")
        == "Tanks: Out of spec"
    )
    assert browser.trouble() == []


@pytest.mark.parametrize("login", LOGINS)
def test_each_number_is_that_of_its_list(stack, admin: Rpc, login: str):
    actions = admin.search_read("ir.actions.act_window", [], ["xml_id", "res_model"])
    models = {action["xml_id"]: action["res_model"] for action in actions}
    rpc = Rpc(stack.url, stack.database, login, login)
    # The simulated shop goes on meanwhile: a number that has moved is asked for again.
    for _attempt in range(5):
        wrong = _wrong_numbers(rpc, models)
        if not wrong:
            return
    assert not wrong


def _wrong_numbers(rpc: Rpc, models: dict[str, str]) -> list[str]:
    snapshot = rpc.call("iot.overview", "snapshot")
    parts = [*snapshot["sections"], *snapshot["attention"]["groups"], snapshot["shift"]]
    tiles = [tile for part in parts for tile in part["tiles"]]
    assert {tile["name"] for tile in tiles} >= {"tanks", "sensors", "machines", "devices", "holds_critical"}
    found = []
    for tile in tiles:
        count = rpc.call(models[tile["action"]], "search_count", tile["domain"])
        if count != tile["count"]:
            found.append(f"{tile['name']}: {tile['count']}, listed {count}")
    return found


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("size", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_it_fits_and_can_be_hit(stack, browser: Browser, login: str, size: tuple[int, int]):
    if size == PHONE:
        browser.hold_like_a_phone(*size)
    else:
        browser.resize(*size)
    _land(browser, stack, login)
    for what in (_SMALL, _TOO_WIDE, _UNNAMED, _COLOUR_ALONE):
        assert browser.run(what) == [], what
    headings = browser.run(_HEADINGS)
    assert isinstance(headings, list)
    assert headings[:2] == ["H1", "H2"]
    assert headings.count("H1") == 1
    assert browser.trouble() == []


def test_with_the_keyboard(stack, browser: Browser):
    _land(browser, stack, "operator")
    browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
    browser.run(f"document.querySelector('{_TILE.format('tanks')}').focus()")
    _press(browser, "Tab", 9)
    assert browser.run("document.activeElement.dataset.tile") == "tanks_out_of_spec"
    assert browser.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    _press(browser, "Enter", 13)
    browser.wait("document.querySelector('.o_kanban_view')", "the tanks")


def _press(browser: Browser, key: str, code: int) -> None:
    """Press a key, as a hand does."""
    text = {"text": "\r"} if key == "Enter" else {}
    browser.call(
        "Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text
    )
    browser.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)


def test_what_a_user_has_chosen_comes_first(stack, browser: Browser, admin):
    (user,) = admin.search_read("res.users", [["login", "=", "operator"]], ["action_id"])
    assert not user["action_id"]
    (tanks,) = admin.search_read("ir.actions.act_window", [["path", "=", "plating-tanks"]], ["id"])
    admin.call("res.users", "write", [user["id"]], {"action_id": tanks["id"]})
    try:
        browser.log_in(stack, "operator", "operator")
        browser.open(f"{stack.url}/odoo")
        browser.wait("location.pathname === '/odoo/plating-tanks'", "the screen that was chosen")
    finally:
        admin.call("res.users", "write", [user["id"]], {"action_id": False})
