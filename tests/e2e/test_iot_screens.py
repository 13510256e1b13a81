"""The screens of devices, at the sizes they are used at: nothing is cut off, what is touched can be hit."""

from __future__ import annotations

import json

import pytest

from fusion_cli.bench.browser import Browser

PHONE = (390, 844)
TABLET = (1024, 768)
DESKTOP = (1440, 900)
FINGER_PX = 44
CONTRAST = 4.5
# A time of another year is longer, and longer still where both the day and the hour have two digits.
LAST_YEAR = "date_trunc('year', now()) - interval '2 months 5 days'"
LONG = "with the long rack holders, behind the second cabinet"
# What does not show whole in a list, also where an element within a cell hides the rest behind an ellipsis. Texts of
# any length (what a device measures, why something failed or was changed) are read whole on the form, tags as well.
_CUT = """[...document.querySelectorAll('.o_list_renderer :is(thead th, td.o_data_cell, tfoot td)')]
    .filter((cell) => !cell.matches(
        '[name=channel_summary], [name=payload], [name=error], [name=last_error], [name=reason], [name=device_ids]'))
    .filter((cell) => cell.innerText.trim() && [cell, ...cell.querySelectorAll('*')].some(
        (element) => element.scrollWidth > element.clientWidth && getComputedStyle(element).overflowX !== 'visible'))
    .map((cell) => cell.innerText.trim())"""
_TOO_WIDE = """[...document.querySelectorAll('.o_list_renderer')]
    .filter((list) => list.scrollWidth > list.clientWidth + 1)
    .map((list) => `${list.scrollWidth} of ${list.clientWidth}`)"""
# Relative luminance and contrast ratio as WCAG 2.2 defines them.
_FAINT = """(() => {
    const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
    const light = (rgb) => {
        const [r, g, b] = rgb.slice(0, 3).map((c) => c / 255)
            .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const colour = parts(getComputedStyle(at).backgroundColor);
            if (colour.length === 3 || colour[3] === 1) {
                return colour;
            }
        }
        return [255, 255, 255];
    };
    const ratio = (element) => {
        const [low, high] = [parts(getComputedStyle(element).color), ground(element)].map(light).sort((a, b) => a - b);
        return (high + 0.05) / (low + 0.05);
    };
    return [...document.querySelectorAll('.o_fusion_badge .badge, .o_fusion_age, .o_fusion_age_text')]
        .filter((element) => element.innerText.trim() && ratio(element) < LIMIT)
        .map((element) => `${element.innerText}: ${ratio(element).toFixed(2)}`);
})()""".replace("LIMIT", str(CONTRAST))
_SHOWN = "document.querySelector('.o_action_manager > .o_action:not([data-left])')"
# A link in the web client, by which another screen is shown in a fifth of the time that it takes to load the client.
_FOLLOW = """((href) => {
    document.querySelector('.o_action_manager > .o_action').dataset.left = true;
    const link = document.body.appendChild(Object.assign(document.createElement('a'), { href }));
    link.click();
    link.remove();
})"""


@pytest.fixture
def browser(blank_browser: Browser) -> Browser:
    """A browser in which nobody is logged in."""
    return blank_browser


@pytest.fixture
def stranger(stack, line) -> str:
    """A device that was discovered and is not set up."""
    connection = line.connection(start=False)
    channels = json.dumps([{"channel": "switch:0", "quantity": "power", "unit": "W", "value": 365.1}] * 6)
    stack.sql(
        "INSERT INTO mqtt_discovery"
        " (connection_id, device, parser, topic, channels, message_count, first_seen, last_seen)"
        f" VALUES ({connection.id}, 'shellyplugsg3-8cbfea90d4c8', 'shelly_gen2', 't', '{channels}'::jsonb, 9,"
        " now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC')"
    )
    return "shellyplugsg3-8cbfea90d4c8"


def _open(browser: Browser, stack, path: str) -> None:
    """Load the web client with a screen, or follow a link to it where the client is shown already."""
    if browser.run(f"Boolean({_SHOWN})"):
        browser.run(f"{_FOLLOW}({json.dumps(f'/odoo/{path}')})")
    else:
        browser.open(f"{stack.url}/odoo/{path}")
    browser.wait(f"location.pathname !== '/web/login' && {_SHOWN}", path)
    browser.settle(path)


_SCREENS = {
    "devices": "iot-devices",
    "boxes": "iot-boxes",
    "MQTT devices": "mqtt-devices",
    "discovered": "mqtt-discovered",
    "unknown devices": "action-fusion_iot.iot_unknown_device_action",
    "connections": "mqtt-connections",
    "messages": "mqtt-messages",
    "runtime": "iot-runtime",
    "commands": "iot-commands",
    "credentials": "iot-credentials",
}


_LISTS = {
    "admin": {
        **_SCREENS,
        "sessions": "iot-sessions",
        "machines": "iot-machines",
        "templates": "mqtt-templates",
    },
    "quality": {"limits": "plating-limits", "changed limits": "plating-changed-limits"},
    "operator": {},
}
_PLATING_LISTS = {
    "sensors": "tank-sensors",
    "readings": "tank-readings",
    "holds": "plating-holds",
    "tanks": "plating-tanks",
    "baths": "plating-baths",
}


@pytest.fixture(scope="module")
def busy(stack, admin) -> None:
    """What a workshop has in its lists: long names, probes named by their serials, holds of somebody, a limit that was
    changed, commands, credentials.
    """
    tank = admin.create("fusion.plating.tank", {"code": "T91", "name": f"Decorative chrome {LONG}"})
    bath = admin.create("fusion.plating.bath", {"tank_id": tank, "chemistry": "Chromium(III) sulphate"})
    values = {"bath_id": bath, "quantity": "temperature", "target_min": 39.5, "target_max": 45.5}
    limit = admin.create("fusion.plating.bath.parameter", values)
    admin.call("fusion.plating.bath", "action_put_in_use", [bath])
    values = {"target_max": 44.5, "limit_reason": "The customer wants it, order 4711"}
    admin.call("fusion.plating.bath.parameter", "write", [limit], values)
    for number, name in ((1, ""), (2, f"Probe {LONG}")):
        serial = f"28-0000a1b2c3{number:02x}"
        values = {"name": name or serial, "device_serial": serial, "device_kind": "ds18b20", "tank_id": tank}
        values |= {"parameter_id": limit, "calibration_due": "2031-12-31"}
        sensor = admin.create("fp.tank.sensor", values)
        admin.create("fp.tank.reading", {"sensor_id": sensor, "value": 42.5})
    (quality,) = admin.search_read("res.users", [["login", "=", "quality"]], ["id"])
    device = admin.create(
        "iot.device", {"name": f"Fan {LONG}", "identifier": f"e2e-lists-{'0123456789' * 5}"}
    )
    stack.sql(
        "INSERT INTO iot_command"
        " (key, device_id, summary, action, transport, state, answer, user_id, deadline, create_date)"
        f" SELECT 'e2e-lists', {device}, 'Exhaust fan on', 'switch', 'mqtt', 'done', 'It is on.', id, now(), now()"
        " FROM res_users WHERE login = 'quality'"
    )
    admin.create("iot.credential", {"name": f"Gateway {LONG}", "device_ids": [(6, 0, [device])]})
    values = {"parameter_id": limit, "value": 36.5, "responsible_id": quality["id"]}
    admin.create(
        "fusion.plating.quality.hold", {**values, "tank_id": tank, "description": "Oil on the surface"}
    )
    at = f"{LAST_YEAR} + interval '12 h 44 min'"
    stack.sql(
        f"UPDATE fusion_plating_quality_hold SET date_start = {at} WHERE tank_id = {tank};"
        f"UPDATE fusion_plating_bath SET date_start = {at} WHERE id = {bath};"
        f"UPDATE fusion_plating_limit_change SET changed_at = {at} WHERE tank_id = {tank};"
        f"UPDATE iot_command SET create_date = {at} WHERE key = 'e2e-lists'"
    )


@pytest.fixture(scope="module")
def ended(stack, admin) -> None:
    """Sessions of a day, of each of the longer reasons."""
    values = {"name": f"Compressor 2 {LONG}", "identifier": "e2e-lists-compressor"}
    device = admin.create("iot.device", values)
    for reason in ("power_drop", "timeout", "fault"):
        stack.sql(
            "INSERT INTO mqtt_session (session_id, device_id, status, current_state, active, start_time, end_time,"
            " total_duration_s, working_duration_s, standby_duration_s, energy_kwh, end_reason, amount, currency_id)"
            f" SELECT gen_random_uuid(), {device}, 'completed', 'idle', true,"
            f" {LAST_YEAR} + interval '12 h 44 min', {LAST_YEAR} + interval '36 h 43 min',"
            f" 86340, 82740, 3599, 1234.567, '{reason}', 1234.5, currency_id FROM res_company LIMIT 1"
        )


@pytest.mark.parametrize("login", _LISTS)
def test_lists_fit_a_tablet(login, stack, browser, stranger, busy, ended):
    browser.resize(*TABLET)
    browser.log_in(stack, login, login)
    found = {}
    for name, path in {**_LISTS[login], **_PLATING_LISTS}.items():
        _open(browser, stack, f"{path}?view_type=list")
        assert browser.run("document.querySelectorAll('.o_list_renderer thead th').length") > 0, name
        found[name] = [*browser.run(_TOO_WIDE), *browser.run(_CUT), *browser.run(_FAINT)]
    assert not {name: cut for name, cut in found.items() if cut}


def test_a_phone_shows_cards_with_their_buttons(stack, browser, stranger):
    browser.log_in(stack)
    browser.hold_like_a_phone(*PHONE)
    for name, path in _SCREENS.items():
        _open(browser, stack, path)
        assert browser.run("document.querySelectorAll('.o_list_renderer').length") == 0, name
        assert browser.run(_FAINT) == [], name
    _open(browser, stack, "mqtt-discovered")
    card = (
        f"[...document.querySelectorAll('.o_kanban_record')].find((c) => c.innerText.includes('{stranger}'))"
    )
    place = browser.run(
        f"(({{ x, y, right, height }}) => ({{ x, y, right, height }}))"
        f"({card}.querySelector('[name=action_set_up]').getBoundingClientRect())"
    )
    assert place["x"] >= 0
    assert place["right"] <= PHONE[0]
    assert place["height"] >= FINGER_PX
    browser.run(f"{card}.querySelector('[name=action_set_up]').click()")
    browser.wait("document.querySelector('.modal [name=expected_interval]')", "the dialog that sets it up")


@pytest.mark.parametrize("size", [DESKTOP, TABLET])
def test_the_channels_of_a_meter_are_not_cut_off(size, stack, line, browser):
    connection = line.connection(start=False)
    device = line.probe(connection, "shelly").device_id
    values = {
        "current": (1.157, "A"),
        "device_temperature": (61.25, "°C"),
        "energy": (2_708_702.5, "Wh"),
        "frequency": (50, "Hz"),
        "power": (2_400.5, "W"),
        "power_factor": (0.98, ""),
        "temperature": (23.4, "°C"),
    }
    for quantity, (value, unit) in values.items():
        stack.sql(
            "INSERT INTO iot_device_channel (device_id, channel, quantity, unit, last_value, last_quality, last_at)"
            f" SELECT iot_device_id, 'switch:0', '{quantity}', '{unit}', {value}, 'good', now() AT TIME ZONE 'UTC'"
            f" FROM mqtt_device WHERE id = {device}"
        )
    browser.resize(*size)
    browser.log_in(stack)
    _open(browser, stack, f"mqtt-devices/{device}")
    assert browser.run(_TOO_WIDE) == []
    assert browser.run(_CUT) == []
    rows = browser.run(
        "[...document.querySelectorAll('.o_data_row')].filter((row) => row.querySelector('[name=action_make_sensor]'))"
        ".map((row) => row.querySelector('[name=quantity]').innerText)"
    )
    assert rows == ["Temperature"]


def test_what_is_touched_can_be_hit(stack, admin, browser):
    tank = admin.create("fusion.plating.tank", {"name": "A tank with a rather long name"})
    admin.create("fusion.plating.quality.hold", {"tank_id": tank, "description": "Oil on the surface"})
    browser.log_in(stack)
    browser.hold_like_a_phone(*PHONE)
    _open(browser, stack, "plating-tanks")
    small = browser.run(
        "[...document.querySelectorAll('.o_fp_tank_badges a.badge, .o_kanban_record .o-mail-ActivityButton')]"
        ".map((element) => [element.className, element.getBoundingClientRect()])"
        f".filter(([, {{ width, height }}]) => width < {FINGER_PX} || height < {FINGER_PX}).map(([name]) => name)"
    )
    assert browser.run("document.querySelectorAll('.o_fp_tank_badges a.badge').length") > 0
    assert small == []
    _open(browser, stack, f"plating-tanks/{tank}")
    below, tabs = browser.run(
        "[document.querySelector('.ribbon').getBoundingClientRect().bottom,"
        " document.querySelector('.o_notebook_headers').getBoundingClientRect().top]"
    )
    assert below <= tabs
