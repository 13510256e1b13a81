"""The stock client's box and its devices, as a person sees and uses them in the web client."""

from __future__ import annotations

from fusion_cli.bench.browser import Browser
from fusion_cli.testing.pace import patient
from tests.e2e.iot_box_client import IDENTIFIER, Box
from tests.e2e.iot_box_server import Boxes
from tests.waiting import within

pytest_plugins = ["tests.e2e.iot_box_fixtures"]

SHOWN_WITHIN_S = 10.0
_ROW = """[...document.querySelectorAll('[name="device_ids"] tr.o_data_row')]
    .find((row) => row.querySelector('td[name="box_device"]')?.textContent.trim() === 'scanner')"""
_CONNECTED = f"{_ROW}?.querySelector('td[name=\"connected\"] input').checked"
_TRY = "document.querySelector('.o_fusion_try_device')"
_TAB = """document.querySelector('.o_notebook_headers .nav-link[name="try_device"]')"""
_ANSWER = "document.querySelector('.o_fusion_try_answer')?.textContent"
_HEARD = "[...document.querySelectorAll('.o_fusion_try_event td:last-child')].map((cell) => cell.textContent)"
_PUT = """(() => {{
    const field = document.querySelector('.o_fusion_try_device {selector}');
    field.value = {value!r};
    field.dispatchEvent(new Event('input', {{ bubbles: true }}));
}})()"""


def test_devices_come_and_go_in_the_open_form(paired: Box, boxes: Boxes, stack, browser: Browser):
    browser.open(f"{stack.url}/odoo/iot-boxes/{boxes.only()['id']}")
    browser.wait("document.querySelector('.o_form_view [name=presence]')", "the box")
    browser.run("window.notReloaded = true")
    for _time in range(2):
        with within(SHOWN_WITHIN_S, "the scanner that was plugged in is shown"):
            paired.plug("scanner")
            browser.wait(f"{_CONNECTED} === true", "the scanner that was plugged in")
        with within(SHOWN_WITHIN_S, "it is shown that the scanner was pulled"):
            paired.pull("scanner")
            browser.wait(f"{_CONNECTED} === false", "that the scanner was pulled")
    shown = "document.querySelector('.o_form_view [name=presence]').textContent.trim()"
    with within(SHOWN_WITHIN_S, "it is shown that the box is gone"):
        paired.kill()
        browser.wait(f"{shown} === 'Offline'", "that the box is gone")
    assert browser.run("window.notReloaded") is True


def test_actions_and_events_of_a_device(paired: Box, boxes: Boxes, stack, browser: Browser):
    paired.plug("scanner")
    boxes.wait_connected("scanner")
    paired.say("scanner", "before anybody listened")
    browser.open(f"{stack.url}/odoo/iot-devices/{boxes.devices()['scanner']['id']}")
    browser.wait(_TAB, "the form of the device")
    browser.run(f"{_TAB}.click()")
    browser.wait(_TRY, "the tab")

    with within(SHOWN_WITHIN_S, "the answer is shown"):
        _send(browser, "echo", '{"text": "Grüße"}')
        browser.wait(f'/"said": "Grüße"/.test({_ANSWER})', "the answer")
    with within(SHOWN_WITHIN_S, "it is shown what went wrong"):
        _send(browser, "fail", '{"text": "out of paper"}')
        browser.wait(f"/out of paper/.test({_ANSWER})", "what went wrong")

    codes = [f"400638133{number:04d}" for number in range(8)]
    with within(SHOWN_WITHIN_S, "it is shown what was scanned"):
        for code in codes:
            paired.say("scanner", code)
        browser.wait(f"{_HEARD}.length >= {len(codes)}", "what was scanned")
    assert browser.run(_HEARD) == codes[::-1]

    with within(SHOWN_WITHIN_S, "it is shown that the scanner was pulled"):
        paired.pull("scanner")
        browser.wait(f"/not connected/.test({_TRY}.textContent)", "that it was pulled")


def test_another_page_listens_over_the_web_client(paired: Box, boxes: Boxes, stack, browser: Browser):
    """As an addon does it, without any form of ours, and as the server restarts."""
    paired.plug("scanner")
    boxes.wait_connected("scanner")
    browser.open(f"{stack.url}/odoo/iot-devices")
    browser.wait("document.querySelector('.o_data_row')", "the devices")
    device = f"odoo.__WOWL_DEBUG__.root.env.services.fusion_devices.of('{IDENTIFIER}/scanner')"
    browser.run(f"window.heard = [], void {device}.addListener(({{ value }}) => heard.push(value))")
    assert browser.run(f"{device}.action({{ action: 'count' }})") == 1
    with within(SHOWN_WITHIN_S, "it is heard what was scanned"):
        paired.say("scanner", "one")
        browser.wait("heard.length === 1", "what was scanned")
    stack.stop_odoo()
    stack.start_odoo()
    boxes.wait_online()
    boxes.wait_connected("scanner", seconds=20)
    paired.say("scanner", "two")
    browser.wait("heard.length === 2", "what was scanned later", patient(40))
    assert browser.run("heard") == ["one", "two"]
    assert browser.run(f"{device}.action({{ action: 'count' }}, {{ timeout: 20 }})") == 2
    refused = f"{device}.action({{ action: 'fail', text: 'out of paper' }}).catch((error) => error.message)"
    assert "out of paper" in str(browser.run(refused))


def _send(browser: Browser, action: str, data: str) -> None:
    browser.run(_PUT.format(selector="input", value=action))
    browser.run(_PUT.format(selector="textarea", value=data))
    browser.wait(f"!{_TRY}.querySelector('button').disabled", "the button")
    browser.run(f"{_TRY}.querySelector('button').click()")
