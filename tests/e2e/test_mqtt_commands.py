"""Devices are told over MQTT what to do, and it is done when they say so."""

from __future__ import annotations

import itertools
import time

import pytest

from fusion_cli.bench.browser import Browser
from tests.e2e import mqtt_relays
from tests.e2e.client import Rpc, RpcError
from tests.e2e.mqtt_lock import locked
from tests.e2e.mqtt_relays import Relay
from tests.e2e.mqtt_servers import stays
from tests.waiting import until, within

DONE_S = 3.0
KNOWN_S = 10.0
"""A server looks at what is listed every few seconds; then it hears the next word of the device."""
EXPIRES_S = 15.0
LONGER_S = 30.0
GIVEN_UP_S = 5.0
"""Longer than a transaction waits for what somebody else has locked, and a message for its batch."""
SHOWN_WITHIN_S = 10.0
BACKLOG = 800
TAB = "document.querySelector('.o_notebook_headers .nav-link[name=switches]')"
PHONE, FINGER_PX = (390, 844), 44
MAKES = {
    # family: (what the device listens to, the pattern of its device, the relay)
    "shelly_gen1": ("shellies/{}/relay/+/command", "shellies/{}/#", "0"),
    "shelly_gen2": ("{}/rpc", "{}/#", ""),
    "tasmota": ("cmnd/{}/#", "+/{}/#", ""),
    "esphome": ("{}/switch/+/command", "{}/#", "pump"),
    "zigbee2mqtt": ("zigbee2mqtt/{}/set", "zigbee2mqtt/{}/#", ""),
}
_numbers = itertools.count(1)


class Switched:
    """A relay and what the server knows of it."""

    def __init__(self, line, connection, relay: Relay, family: str, number: str) -> None:
        self.rpc, self.relay = line.admin, relay
        self.mqtt_id = self.rpc.create(
            "mqtt.device",
            {
                "name": relay.name,
                "device_id": relay.name,
                "connection_id": connection.id,
                "topic_pattern": MAKES[family][1].format(relay.name),
                "parser_type": family,
            },
        )
        (row,) = self.rpc.call("mqtt.device", "read", [self.mqtt_id], ["iot_device_id"])
        self.device_id = row["iot_device_id"][0]
        self.id = self.rpc.create(
            "iot.device.switch", {"device_id": self.device_id, "name": "Pump", "relay": number}
        )

    def press(self, on: bool, rpc: Rpc | None = None) -> int:
        """Press On or Off: id of the command."""
        button = "action_on" if on else "action_off"
        (command_id,) = (rpc or self.rpc).call("iot.device.switch", button, [self.id])["params"]["ids"]
        return int(command_id)

    def state(self) -> str:
        """How the relay is known to be."""
        (row,) = self.rpc.call("iot.device.switch", "read", [self.id], ["state"])
        return str(row["state"])

    def outcome(self, command_id: int) -> dict:
        """How a command is now."""
        (found,) = self.rpc.search_read(
            "iot.command", [("id", "=", command_id)], ["state", "answer", "duration"]
        )
        return found

    def ended(self, command_id: int, seconds: float = DONE_S) -> dict:
        """How it is once it has ended; nobody asks for that, so that it ends by itself."""
        return until(
            lambda: found if (found := self.outcome(command_id))["state"] not in ("queued", "sent") else None,
            seconds,
            f"what became of {self.outcome(command_id)}",
            every=0.05,
        )

    def switched(self, on: bool) -> None:
        """Switch it, and see that it was."""
        with within(DONE_S, f"{self.relay.name} is switched"):
            found = self.ended(self.press(on))
        assert (found["state"], found["answer"]) == ("done", f"It is {'on' if on else 'off'}."), found
        assert self.relay.on is on


@pytest.fixture
def install(line, stack):
    """Makes relays of a family, and devices for them."""
    made = []

    def make(family: str, connection=None, number: str | None = None, **options) -> Switched:
        listens, _pattern, usual = MAKES[family]
        name = f"e2e-relay-{next(_numbers)}"
        relay = Relay(stack.broker.port, name, getattr(mqtt_relays, family), listens.format(name), **options)
        made.append(relay.__enter__())
        return Switched(
            line, connection or line.connection(), relay, family, usual if number is None else number
        )

    yield make
    for relay in made:
        relay.__exit__()


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_every_family_is_switched_and_answers(line, install, version):
    connection = line.connection(protocol_version=version)
    for family in MAKES:
        plug = install(family, connection)
        for on in (True, False, False, True):
            plug.switched(on)
        assert len(plug.relay.told) == 4, plug.relay.told
    assert connection.wait_for("connected").error_count == 0


def test_who_may_and_what_is_kept_of_it(install, admin, operator, stack):
    plug = install("tasmota")
    quality = Rpc(stack.url, stack.database, "quality", "quality")
    with pytest.raises(RpcError, match="IoT commands / Operator"):
        plug.press(True, quality)
    command_id = plug.press(False, operator)  # in the demo data, who works at the line switches its fan
    assert plug.ended(command_id)["state"] == "done"
    plug.switched(True)
    bodies = [
        message["body"]
        for message in admin.search_read(
            "mail.message", [("model", "=", "iot.device"), ("res_id", "=", plug.device_id)], ["body"]
        )
    ]
    assert any("Command: Pump on" in body for body in bodies), bodies
    assert any("Pump on: Done. It is on." in body for body in bodies), bodies


def test_a_device_that_refuses_says_why(line, install):
    connection = line.connection()
    for family, number, text in (
        ("shelly_gen2", "3", "value 3 not found"),
        ("tasmota", "4", "knows no POWER4"),
    ):
        plug = install(family, connection, number)
        found = plug.ended(plug.press(True))
        assert found["state"] == "failed", found
        assert text in found["answer"]


def test_a_dead_one_expires_and_is_not_switched_hours_later(line, install):
    connection = line.connection()
    dead = install("tasmota", connection, silent=True)
    away = install("shelly_gen1", connection)
    away.relay.leave()
    pressed = time.monotonic()
    commands = [(plug, plug.press(True)) for plug in (dead, away)]
    for plug, command_id in commands:
        with within(EXPIRES_S + 5, "it has expired"):
            found = plug.ended(command_id, EXPIRES_S + 5)
        assert found["state"] == "expired", found
        assert "did not answer within 15 seconds" in found["answer"]
        assert plug.relay.name in found["answer"]
    assert time.monotonic() - pressed >= EXPIRES_S - 1
    assert len(dead.relay.told) == 1
    # The broker has kept it for the one that was away, and lets it expire.
    away.relay.connect()
    away.switched(True)
    assert len(away.relay.told) == 1, "the broker hands over what it has kept before what is new"


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_what_the_broker_has_kept_is_no_answer(line, install, version):
    """That an oven was off an hour ago does not tell that it is now."""
    connection = line.connection(protocol_version=version)
    plug = install("tasmota", connection)
    plug.switched(True)
    connection.stop()
    connection.wait_for("stopped")
    plug.relay.silent = True
    plug.relay.says(*[(f"stat/{plug.relay.name}/POWER", "OFF")] * BACKLOG)
    connection.start()
    command_id = plug.press(False)
    found = plug.ended(command_id, EXPIRES_S + 5)
    assert found["state"] == "expired", found
    assert len(plug.relay.told) == 2, "it was told all the same"
    plug.relay.silent = False
    plug.switched(False)


def test_a_broker_that_is_away(line, install, stack):
    """What could not be sent in time is not sent; what can be in time is."""
    plug = install("tasmota")
    stack.stop_broker()
    line.connections[-1].wait_for("retrying")
    command_id = plug.press(True)
    assert plug.outcome(command_id)["state"] == "queued"
    stack.start_broker()
    found = plug.ended(command_id, EXPIRES_S + 5)
    assert found["state"] in ("done", "expired"), found
    told = len(plug.relay.told)
    assert told == (1 if found["state"] == "done" else 0)


def test_an_answer_whose_outcome_could_not_be_stored_comes_again(line, install, stack):
    """The server dies when it has the answer, and before it could write down what became of the command."""
    connection = line.connection()
    plug = install("shelly_gen2", connection, silent=True)
    data = {"relay": "", "on": True}
    command_id = plug.rpc.call("iot.device", "send_action", [plug.device_id], "switch", data, LONGER_S)
    until(lambda: plug.relay.told, DONE_S, "it is told")
    # However slow the machine, it does not expire before the next server is up.
    stack.sql(f"UPDATE iot_command SET deadline = deadline + interval '10 min' WHERE id = {command_id}")
    with locked(stack, "iot_command", command_id):
        plug.relay.says(*mqtt_relays.shelly_gen2(plug.relay, *plug.relay.told[0]))
        until(lambda: connection.worker().queue_depth, 10, "the answer is here")
        stays(lambda: connection.worker().queue_depth, GIVEN_UP_S, "it is not acknowledged")
        stack.kill_odoo()
    stack.start_odoo()
    state = f"SELECT state FROM iot_command WHERE id = {command_id}"
    until(lambda: stack.sql(state) == [["done"]], 15, "the next one hears it")
    assert len(plug.relay.told) == 1, "nobody has told it again"


def test_how_a_relay_is_whoever_switches_it(line, install):
    """What the device says by itself counts, as what it confirms."""
    connection = line.connection()
    for family in MAKES:
        plug = install(family, connection)
        assert plug.state() == "unknown"
        plug.switched(True)
        with within(DONE_S, f"{family} is on"):
            until(lambda plug=plug: plug.state() == "on", DONE_S, "it is known")

        def is_known(plug=plug):
            plug.relay.is_switched_off_by_hand()  # and says so again, as it does now and then
            return plug.state() == "off"

        with within(KNOWN_S, f"{family} was switched off at the device"):
            until(is_known, KNOWN_S, "it is known", every=0.5)


def test_a_bare_relay_is_set_up_with_its_switch(line, stack, admin):
    """What nobody has set up tells of its relay; that is proposed, and it can be switched at once."""
    connection = line.connection(discovery=True)
    name = f"e2e-relay-{next(_numbers)}"
    with Relay(stack.broker.port, name, mqtt_relays.tasmota, f"cmnd/{name}/#") as relay:
        relay.says((f"tele/{name}/STATE", '{"POWER": "OFF", "Wifi": {"Signal": -60}}'))
        mine = [("connection_id", "=", connection.id), ("device", "=", name)]
        row = until(lambda: admin.search_read("mqtt.discovery", mine, ["relays"]), KNOWN_S, "it is listed")[0]
        assert row["relays"] == {"": False}
        setup_id = admin.call("mqtt.discovery", "action_set_up", [row["id"]])["res_id"]
        device_id = admin.call("mqtt.discovery.setup", "action_confirm", [setup_id])["res_id"]
        (device,) = admin.call("mqtt.device", "read", [device_id], ["kind", "switch_ids"])
        assert device["kind"] == "relay"
        (switch_id,) = device["switch_ids"]
        admin.call("iot.device.switch", "action_on", [switch_id])
        until(lambda: relay.on, DONE_S, "it is switched")


def test_on_a_phone(install, stack, browser: Browser):
    """Switches are cards there, with buttons that a finger hits."""
    plug = install("tasmota")
    browser.hold_like_a_phone(*PHONE)
    browser.open(f"{stack.url}/odoo/iot-devices/{plug.device_id}")
    browser.wait(TAB, "the form of the device")
    browser.run(f"{TAB}.click()")
    card = "document.querySelector('[name=switch_ids] .o_kanban_record:not(.o_kanban_ghost)')"
    button = f"{card}.querySelector('button[name=action_on]')"
    browser.wait(f"{card} && {button}", "the switch")
    place = browser.run(f"(({{ right, height }}) => ({{ right, height }}))({button}.getBoundingClientRect())")
    assert place["right"] <= PHONE[0]
    assert place["height"] >= FINGER_PX
    browser.run(f"{button}.click()")
    browser.wait("document.querySelector('.modal .btn-primary')", "the question")
    browser.run("document.querySelector('.modal .btn-primary').click()")
    with within(SHOWN_WITHIN_S, "it is shown that it was done"):
        browser.wait(f"/Pump on.*Done|Done.*Pump on/s.test({card}.textContent)", "Pump on, done")
    assert plug.relay.on


def test_on_the_form_of_the_device(install, stack, browser: Browser):
    plug = install("shelly_gen2")
    row = "document.querySelector('[name=switch_ids] tr.o_data_row')"
    for model, record_id in (("iot-devices", plug.device_id), ("mqtt-devices", plug.mqtt_id)):
        browser.open(f"{stack.url}/odoo/{model}/{record_id}")
        browser.wait(TAB, "the form of the device")
        browser.run(f"{TAB}.click()")
        browser.wait(row, "the switch")
        for button, words, on in (("action_on", "Pump on", True), ("action_off", "Pump off", False)):
            browser.run(f"{row}.querySelector('button[name={button}]').click()")
            question = f"Switch {'on' if on else 'off'} Pump?"
            browser.wait(
                f"document.querySelector('.modal')?.innerText.includes('{question}')", "the question"
            )
            assert plug.relay.on is not on
            browser.run("document.querySelector('.modal .btn-primary').click()")
            with within(SHOWN_WITHIN_S, "it is shown that it was done"):
                browser.wait(f"/{words}.*Done/s.test({row}.textContent)", f"{words}, done")
                browser.wait(
                    f"{row}.querySelector('[data-state={'on' if on else 'off'}]')", "how the relay is now"
                )
            assert plug.relay.on is on
            likely = f"{row}.querySelector('.o_fusion_switch .btn-primary').innerText"
            assert browser.run(likely) == ("Off" if on else "On")
    assert not browser.trouble()
