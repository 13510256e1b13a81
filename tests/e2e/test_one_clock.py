"""A page has one clock: that of the browser, with the hours of the language, whatever zone the user has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from fusion_cli.bench.browser import Browser
from fusion_iot_core.detector import SessionConfig
from tests.e2e.session_shop import COMPLETED

pytest_plugins = ("tests.e2e.session_fixtures",)

HERE, USER = "Asia/Tokyo", "Europe/Brussels"
"""Where the browser is, and what the user has in the settings: the day is another for many hours."""
_CLOCK = re.compile(r"\d{1,2}:\d\d(?::\d\d)?(?:\s[AP]M)?(?:\s(?:[A-Z]{3,4}|[+-]\d\d)\b)?")
_TEXTS = """[document.title, document.querySelector('.o_action').innerText,
    ...[...document.querySelectorAll('.o_action [title], .o_action [aria-label]')]
        .flatMap((element) => [element.title, element.getAttribute('aria-label') || ''])].join('\\n')"""


@pytest.fixture
def browser(stack, admin) -> Iterator[Browser]:
    """A browser in Tokyo, in which a user is logged in whose zone is that of Brussels."""
    (user,) = admin.search_read("res.users", [["id", "=", admin.uid]], ["tz"])
    admin.call("res.users", "write", [admin.uid], {"tz": USER})
    with Browser() as made:
        made.be_in_zone(HERE)
        made.log_in(stack)
        yield made
    admin.call("res.users", "write", [admin.uid], {"tz": user["tz"]})


def clock(at: datetime, zone: str, seconds: bool = False) -> str:
    """As the page writes it in English: "4:47 PM"."""
    text = at.astimezone(ZoneInfo(zone)).strftime("%I:%M:%S %p" if seconds else "%I:%M %p")
    return text.removeprefix("0")


def today() -> date:
    """The day that it is where the browser is."""
    return datetime.now(ZoneInfo(HERE)).date()


def instant(minutes_ago: int) -> datetime:
    """A moment of the past whose minute no axis has."""
    at = datetime.now(timezone.utc).replace(second=7, microsecond=0) - timedelta(minutes=minutes_ago)
    return at - timedelta(minutes=1) if at.minute % 5 == 0 else at


def check(browser: Browser, *moments: datetime, alone: bool = False) -> None:
    """Each moment is on the page by the clock of the browser, and by no other unless that names its zone.

    :param alone: nor by one that names its zone
    """
    text = str(browser.run(_TEXTS)).replace("\u202f", " ").replace("\xa0", " ")
    clocks = _CLOCK.findall(text)
    unnamed = [shown for shown in clocks if not re.search(r"\s(?![AP]M)\S+$", shown)]
    assert unnamed, text
    assert not alone or clocks == unnamed, f"another clock beside that of the browser: {clocks}"
    assert all(shown.endswith(("AM", "PM")) for shown in unnamed), f"24 hours beside AM and PM: {unnamed}"
    for at in moments:
        here = {clock(at, HERE), clock(at, HERE, seconds=True)}
        assert here & set(unnamed), f"{here} is not among {unnamed}"
        for other in (USER, "UTC"):
            wrong = {clock(at, other), clock(at, other, seconds=True)}
            assert not wrong & set(unnamed), f"{wrong}, the clock of {other}, is on the page: {unnamed}"


def test_on_the_page_of_a_hold_and_of_its_tank(stack, admin, ingest, sensor, browser):
    sensor_id, serial = sensor
    first, again = instant(40), instant(20)
    for at, value in ((first, 95.0), (first + timedelta(minutes=9), 80.0), (again, 96.5)):
        ingest.post({"device_serial": serial, "value": value, "read_at": at.isoformat()})
    (hold,) = admin.search_read(
        "fusion.plating.quality.hold", [["sensor_id", "=", sensor_id]], ["tank_id", "date_start"]
    )
    browser.open(f"{stack.url}/odoo/action-fusion_plating_quality.action_plating_quality_hold/{hold['id']}")
    browser.wait("document.querySelector('.o_fp_trend_toggle')", "the trend of the hold")
    browser.run("document.querySelector('.o_fp_trend_toggle').click()")
    browser.wait("document.querySelector('.o_fp_trend table tbody tr')", "its table")
    browser.wait("document.querySelector('.o-mail-Message')", "the chatter")
    check(browser, first)
    said = str(browser.run("document.querySelector('.o-mail-Thread').innerText"))
    told = re.search(r"Out of spec again from .* (\d{1,2}:\d\d:\d\d [AP]M) ([A-Z]{3,4})", said)
    assert told, said
    assert told[1].removeprefix("0") in (clock(again, "UTC", True), clock(again, USER, True)), (
        "the chatter names its zone"
    )

    browser.open(f"{stack.url}/odoo/action-fusion_plating.action_plating_tank/{hold['tank_id'][0]}")
    browser.wait("document.querySelector('.o_fp_trend_toggle')", "the trend of the tank")
    browser.run("document.querySelector('.o_fp_trend_toggle').click()")
    browser.wait("document.querySelector('.o_fp_trend table tbody tr')", "its table")
    check(browser, first, again)


def test_on_the_page_of_a_session_and_in_the_timeline(stack, shop, browser):
    machine = shop.machine(SessionConfig(start_debounce_s=1, stop_debounce_s=1))
    start, end = instant(90), instant(70)
    minutes = (end - start) // timedelta(minutes=1)
    machine.says(*((start + timedelta(minutes=number), 500.0) for number in range(minutes)))
    machine.says((end, 0.0), (end + timedelta(minutes=1), 0.0))
    session = machine.wait_for(COMPLETED)
    (row,) = stack.sql(f"SELECT id FROM mqtt_session WHERE session_id = '{session.session_id}'")
    action = "fusion_session_detector.mqtt_session_action"
    browser.open(f"{stack.url}/odoo/action-{action}/{row[0]}")
    browser.wait("document.querySelector('.o_fusion_session_toggle')", "the chart of the session")
    browser.run("document.querySelector('.o_fusion_session_toggle').click()")
    browser.wait("document.querySelector('.o_fusion_session_table tbody tr')", "its table")
    check(browser, start, end, alone=True)

    days = {today()}
    browser.open(f"{stack.url}/odoo/iot-timeline")
    bar = f"document.querySelector('[data-machine-id=\"{machine.iot_id}\"] .o_fusion_timeline_bar')"
    browser.wait("document.querySelector('.o_fusion_timeline_title')", "the timeline")
    title = str(browser.run("document.querySelector('.o_fusion_timeline_title').innerText"))
    days.add(today())  # it may be midnight there just now
    shown = [day for day in days if title.startswith(f"{day:%A, %B} {day.day}, {day.year}")]
    assert shown, f"{title}: today is that of the browser"
    assert browser.run("document.querySelector('.o_fusion_timeline_date').value") == shown[0].isoformat()
    if start.astimezone(ZoneInfo(HERE)).date() != shown[0]:
        browser.run("document.querySelector('.o_fusion_timeline_previous').click()")
    browser.wait(bar, f"the session of {json.dumps(machine.name)}")
    check(browser, start)
