"""An addon from elsewhere adds a parser, a poller, commands, a domain and a live card, and changes no file of ours."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from fusion_cli.ledger.wire import Wire
from fusion_iot_core.detector import SessionConfig
from tests.e2e.kiln import Kiln
from tests.e2e.session_shop import COMPLETED, RUNNING, hours_ago
from tests.waiting import until

pytest_plugins = ("tests.e2e.session_fixtures",)

ADDONS = Path(__file__).parent / "addons"
SOON_S = 15.0
CHANNEL_S = 60.0
"""The register writes the values of a channel from time to time only."""
CARD = "[...document.querySelectorAll('.o_kanban_record')].find((card) => card.innerText.includes({name}))"


@pytest.fixture(scope="module")
def kilns(stack) -> None:
    """The addon is installed."""
    stack.install(ADDONS, "fusion_kiln")


@pytest.fixture
def kiln() -> Iterator[Kiln]:
    """One that answers."""
    with Kiln() as made:
        yield made


class Controller:
    """A kiln as the server knows it."""

    def __init__(self, rpc, kiln: Kiln) -> None:
        self.rpc, self.name = rpc, f"Kiln {kiln.port}"
        device = rpc.create("iot.device", {"name": self.name, "identifier": f"kiln-{kiln.port}"})
        self.device_id = device
        self.id = rpc.create(
            "kiln.controller",
            {"name": self.name, "host": "127.0.0.1", "port": kiln.port, "iot_device_id": device},
        )
        rpc.call("kiln.controller", "action_start", [self.id])

    def read(self, *names: str) -> dict:
        """Fields of it."""
        return self.rpc.call("kiln.controller", "read", [self.id], list(names))[0]

    def wait_for(self, state: str) -> dict:
        """Until its worker is in a state."""
        return until(
            lambda: row if (row := self.read("state", "last_error"))["state"] == state else None,
            SOON_S,
            f"{self.name} is {state}; it is {self.read('state', 'last_error')}",
        )

    def heat(self, setpoint: float) -> dict:
        """Tell it a setpoint: the command once it has ended."""
        command = self.rpc.call("kiln.controller", "action_heat", [self.id], setpoint)

        def ended() -> dict | None:
            (found,) = self.rpc.call("iot.command", "read", [command], ["state", "answer", "transport"])
            return found if found["state"] not in ("queued", "sent") else None

        return until(ended, SOON_S, f"what becomes of command {command}")

    def stop(self) -> None:
        """Give its worker up."""
        self.rpc.call("kiln.controller", "action_stop", [self.id])


@pytest.fixture
def controller(kilns, line, kiln) -> Iterator[Controller]:
    """A kiln that is polled."""
    made = Controller(line.admin, kiln)
    yield made
    made.stop()


def test_its_kilns_are_polled_and_their_temperatures_kept(controller, kiln, stack):
    controller.wait_for("connected")
    kiln.temperature = 843.5
    rows = f"SELECT max(temperature) FROM kiln_firing WHERE kiln_id = {controller.id}"
    until(lambda: stack.sql(rows) == [["843.5"]], SOON_S, "the temperature is kept")
    of_it = [("device_id", "=", controller.device_id)]

    def channels() -> list[tuple]:
        rows = controller.rpc.search_read("iot.device.channel", of_it, ["channel", "last_value"])
        return [(row["channel"], row["last_value"]) for row in rows]

    until(lambda: channels() == [("chamber", 843.5)], CHANNEL_S, "the register has the temperature, too")


def test_rules_of_automation_run_on_sessions(kilns, line, shop):
    """The engine writes sessions by SQL; rules hear of those that start and end all the same."""
    make, model = (
        line.admin.create,
        line.admin.search_read("ir.model", [("model", "=", "mqtt.session")], ["id"]),
    )
    (status,) = line.admin.search_read(
        "ir.model.fields", [("model", "=", "mqtt.session"), ("name", "=", "status")], ["id"]
    )
    rules = {
        "started": {"trigger": "on_create"},
        "ended": {
            "trigger": "on_write",
            "trigger_field_ids": [(6, 0, [status["id"]])],
            "filter_pre_domain": "[('status', '=', 'running')]",
            "filter_domain": "[('status', '=', 'completed'), ('end_time', '!=', False)]",
        },
        "never": {"trigger": "on_write", "filter_pre_domain": "[('status', '=', 'completed')]"},
        "broken": {"trigger": "on_create"},
    }
    made = []
    for name, values in rules.items():
        code = "1 / 0" if name == "broken" else f"record.message_post(body='rule: {name}')"
        rule = {"name": f"e2e {name}", "model_id": model[0]["id"], **values}
        rule_id = make("base.automation", rule)
        action = {"name": name, "model_id": model[0]["id"], "state": "code", "code": code}
        make("ir.actions.server", {**action, "base_automation_id": rule_id, "usage": "base_automation"})
        made.append(rule_id)
    machine = shop.machine(SessionConfig(start_debounce_s=1, stop_debounce_s=1))
    now = hours_ago(1)
    machine.says((now, 50.0), (now + timedelta(seconds=5), 400.0))
    machine.wait_for(RUNNING)
    machine.says((now + timedelta(seconds=60), 0.0), (now + timedelta(seconds=90), 0.0))
    machine.wait_for(COMPLETED)

    def said() -> list[str]:
        posted = line.admin.search_read(
            "mail.message",
            [("model", "=", "mqtt.session"), ("body", "like", "rule")],
            ["body"],
        )
        return [re.sub("<[^>]*>", "", row["body"]) for row in posted]

    try:
        assert said() == [
            "rule: started",
            "The automation rule e2e broken: ZeroDivisionError: division by zero",
            "rule: ended",
        ]
    finally:
        line.admin.call("base.automation", "unlink", made)


def test_they_are_told_their_setpoint(controller, kiln):
    controller.wait_for("connected")
    done = controller.heat(900.0)
    assert (done["state"], done["answer"], done["transport"]) == ("done", "The kiln says OK.", "kiln"), done
    assert kiln.setpoint == 900.0
    kiln.refuses = True
    refused = controller.heat(1000.0)
    assert (refused["state"], refused["answer"]) == ("failed", "The kiln says ERR 7."), refused
    assert kiln.setpoint == 900.0


def test_a_dead_kiln_is_said_and_costs_the_others_nothing(controller, kiln, kilns, line):
    with Kiln() as dead:
        other = Controller(line.admin, dead)
        other.wait_for("connected")
    try:
        # Its connection is closed, and nothing listens any more.
        row = other.wait_for("retrying")
        assert row["last_error"], row
        asked = kiln.asked
        until(lambda: kiln.asked > asked + 1, SOON_S, "the other one is still asked")
    finally:
        other.stop()


def test_its_parser_reads_messages(kilns, line, stack):
    connection = line.connection(discovery=True, discovery_filter="kilnlog/#")
    name = f"hall-{connection.id}"
    with closing(Wire(stack.broker.port, f"{name}-logger")) as wire:
        _read(line, connection, name, lambda mid, payload: wire.publish(mid, f"kilnlog/{name}/v1", payload))


def _read(line, connection, name: str, publish) -> None:
    publish(1, b"T:851.5;P:12.25")
    found = until(
        lambda: line.admin.search_read("mqtt.discovery", [("device", "=", name)], ["id", "parser", "family"]),
        SOON_S,
        "the logger is discovered",
    )
    assert (found[0]["parser"], found[0]["family"]) == ("kilnlog", "Kiln logger")
    device = line.admin.create(
        "mqtt.device",
        {
            "name": name,
            "device_id": name,
            "connection_id": connection.id,
            "topic_pattern": f"kilnlog/{name}/v1",
            "parser_type": "kilnlog",
        },
    )
    assert device

    mids = itertools.count(2)

    def channels() -> dict[str, float]:
        publish(next(mids), b"T:852.5;P:12.5")
        rows = line.admin.search_read(
            "iot.device.channel", [("device_id.identifier", "=", name)], ["channel", "last_value"]
        )
        return {row["channel"]: row["last_value"] for row in rows}

    until(lambda: channels() == {"temperature": 852.5, "power": 12.5}, SOON_S, "both values are read")


def test_its_card_is_live(controller, kiln, stack, browser):
    card = CARD.format(name=json.dumps(controller.name))
    browser.open(f"{stack.url}/odoo/kilns")
    browser.wait(f"{card}?.innerText.includes('Connected')", "the card of the kiln")
    browser.run("window.notReloaded = true")
    for temperature in (611.5, 622.5):
        kiln.temperature = temperature
        browser.wait(f"{card}?.innerText.includes('{temperature}')", f"the card shows {temperature}")
    assert browser.run("window.notReloaded") is True
