"""A credential of a device: made, used, rotated and revoked by a person, over HTTP as a device would."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from fusion_cli.bench.browser import Browser
from fusion_cli.testing.pace import patient
from tests.e2e.mqtt_servers import Server
from tests.e2e.person import BUTTON, DESKTOP, Person

TOKEN = "document.querySelector('.modal code').textContent"


@pytest.fixture
def manager(stack) -> Iterator[Person]:
    """A manager of IoT at a desktop."""
    with Browser() as browser:
        browser.note_trouble()
        browser.note_work()
        browser.resize(*DESKTOP)
        browser.log_in(stack)
        yield Person(browser, stack.url, stack.login, DESKTOP, stack.state / "screenshots")


def post(url: str, token: str, *devices: str) -> tuple[int, dict[str, Any]]:
    """Post a temperature of each device; status and answer."""
    items = [{"device": device, "quantity": "temperature", "value": 231.5} for device in devices]
    request = urllib.request.Request(
        f"{url}/iot/ingest",
        json.dumps({"measurements": items}).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=patient(30)) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def open_list(person: Person) -> None:
    """Open the list of credentials."""
    person.browser.open(f"{person.url}/odoo/iot-credentials")
    person.browser.wait("document.querySelector('.o_list_view')", "the list of credentials")


def shown_token(person: Person, button: str) -> str:
    """Make a token with the dialog that a button opens, and note what is shown."""
    person.click(button, BUTTON)
    person.click("Make the token", BUTTON)
    person.reads("This is the only time it is shown.")
    person.picture(f"credential-{button.replace(' ', '-').lower()}")
    token = str(person.browser.run(TOKEN))
    person.click("I have noted it", BUTTON)
    return token


def test_a_device_gets_a_token_of_its_own_and_loses_it(stack, admin, manager: Person):
    for name in ("E2E oven", "E2E mixer"):
        identifier = name.lower().replace(" ", "-")
        admin.create("iot.device", {"name": name, "identifier": identifier})
    # Other tests may have left some.
    left = admin.search_read("iot.credential", [], ["id"])
    admin.call("iot.credential", "unlink", [each["id"] for each in left])
    person = manager
    open_list(person)
    person.reads("Give a device a token of its own")
    person.picture("credentials-empty")
    person.click("New", BUTTON)
    person.write("Credential", "Gateway of the ovens")
    person.choose("Devices", "E2E oven")
    person.picture("credential-new")
    token = shown_token(person, "Make a token")
    person.reads("Active", "Never used.", token[-4:])
    assert not person.sees(token)
    person.picture("credential-active")

    assert post(stack.url, token, "e2e-oven") == (200, {"ok": True, "accepted": 0, "noted": 1})
    status, answer = post(stack.url, token, "e2e-oven", "e2e-mixer")
    assert (status, answer["error"]) == (403, "not_yours")
    assert [(item["index"], item["device"]) for item in answer["rejected"]] == [(1, "e2e-mixer")]

    new = shown_token(person, "Rotate the token")
    person.reads("Old token still valid", "127.0.0.1")
    assert {post(stack.url, each, "e2e-oven")[0] for each in (token, new)} == {200}

    person.click("Revoke", BUTTON)
    person.click("Revoke", ".modal button")
    person.reads("It was revoked")
    person.picture("credential-revoked")
    assert post(stack.url, new, "e2e-oven")[1]["error"] == "revoked_token"
    assert post(stack.url, token, "e2e-oven")[0] == 401
    open_list(person)
    person.reads("Gateway of the ovens", "Revoked")
    person.picture("credentials-list")
    assert not person.browser.trouble()


def test_what_is_revoked_is_refused_by_every_worker_of_every_server_at_once(stack, admin):
    admin.create("iot.device", {"name": "E2E kiln", "identifier": "e2e-kiln"})
    credential = admin.create("iot.credential", {"name": "Kiln", "serials": "e2e-kiln", "rate_limit": 0})
    rotation = admin.create("iot.credential.rotate", {"credential_id": credential})
    token = admin.call("iot.credential.rotate", "action_issue", [rotation])["params"]["token"]
    second = Server(stack, "second", workers=2, env={"FUSION_IOT_RUNTIME": "off"})
    try:
        urls = [stack.url, *[second.start().url] * 20]
        assert {post(url, token, "e2e-kiln")[0] for url in urls} == {200}
        admin.call("iot.credential", "action_revoke", [credential])
        assert {post(url, token, "e2e-kiln")[1]["error"] for url in urls} == {"revoked_token"}
    finally:
        second.stop()
    assert not second.problems()
