"""What `fusion run` says when everything is up."""

from __future__ import annotations

import os
import shlex

from .box import probes
from .box.client import BoxClient
from .broker.broker import Broker
from .broker.users import ODOO
from .stack import Stack

DEMO_SERIAL = "28-00000a1b2c05"
"""A probe of the demo data, on the electroless nickel tank."""
DEMO_DEVICE = "tasmota_A1B2C3"
DEMO_TOPIC = f"tele/{DEMO_DEVICE}/SENSOR"
DEMO_MESSAGE = '{"DS18B20-5": {"Id": "00000A1B2C05", "Temperature": 88.4}, "TempUnit": "C"}'
"""What the gateway of the demo data publishes for that probe."""


def banner(stack: Stack, simulated: bool, seconds: float, box: BoxClient | None = None) -> str:
    """What a person needs to know once it runs."""
    line = "-" * 78
    broker = stack.broker
    rows = [
        ("Web", stack.url),
        *(("On a tablet", url) for url in stack.network_urls),
        ("Login", f"{stack.login} / {stack.password}"),
        *(
            [("Other logins", ", ".join(f"{login} / {login}" for login in stack.demo_logins))]
            if stack.demo_logins
            else []
        ),
        ("Database", stack.database),
        ("Ingest token", stack.token or "(the ingest addon is not installed)"),
        *(
            [("MQTT broker", f"{broker.host}:{broker.port} (this machine only, {who_gets_in(stack)})")]
            if broker
            else []
        ),
        *([("IoT Box", f"{box.url} (its page; its log: {box.log})")] if box else []),
        *([("Its probes", f"{box.bus} (a folder each)")] if box else []),
        ("Logs", str(stack.log)),
        ("Variables", f"{stack.env_file} (while it runs)"),
    ]
    text = [line, f"Fusion IoT is running (ready after {seconds:.1f} s)", ""]
    text += [f"  {name:<13} {value}" for name, value in rows]
    if stack.network_urls:
        text += ["", *(f"  {part}" for part in warning(stack))]
    if stack.token:
        text += [
            "",
            "  Send a reading:" if stack.demo else "  Send a reading (once a sensor has this serial):",
            "",
        ]
        text.append(f"  {curl(stack)}")
    if broker:
        text += ["", "  " + how_to_publish(stack), "", f"  {mosquitto_pub(stack, broker)}"]
    if box:
        text += ["", "  Pull a probe off the IoT Box, and plug one in:", ""]
        text += [f"  {command}" for command in pull_and_plug(box)]
    if not simulated:
        live = "No simulator is running."
    elif stack.demo:
        live = "A simulated line and workshop send readings too."
    else:
        live = "A simulated line and workshop send readings too; who sends them shows up as unknown or discovered."
    text += ["", "  " + live, f"  Ctrl-C here stops everything. So does: kill {os.getpid()}", line]
    return "\n".join(text)


def warning(stack: Stack) -> list[str]:
    """What a person has to know who lets other devices in."""
    known = " with these passwords" if stack.demo else ""
    return [
        f"WARNING: any device on this network can reach the web client{known},",
        "and nothing is encrypted. Do this in a network you trust only.",
        "PostgreSQL and the MQTT broker stay for this machine only.",
    ]


def curl(stack: Stack) -> str:
    """A command that posts one reading, to be pasted into a shell."""
    proxied = any(os.environ.get(name) for name in ("http_proxy", "all_proxy", "ALL_PROXY"))
    return (
        f"curl -sS {'--noproxy 127.0.0.1 ' if proxied else ''}-X POST {stack.url}/fp/iot/ingest "
        f"-H 'Content-Type: application/json' -H 'X-FP-IOT-Token: {stack.token}' "
        f"""-d '{{"device_serial": "{DEMO_SERIAL}", "value": 88.4}}'"""
    )


def pull_and_plug(box: BoxClient) -> list[str]:
    """Commands that do this to the probes of a box, to be pasted into a shell."""
    return [
        f"rm -r {shlex.quote(str(box.bus / probes.SERIALS[-1]))}",
        f"mkdir {shlex.quote(str(box.bus / probes.SPARE))}",
    ]


def how_to_publish(stack: Stack) -> str:
    """What the user has to know before the command that publishes."""
    if stack.connected:
        return "Or publish one over MQTT:"
    assert stack.broker is not None
    where = f"host {stack.broker.host}, port {stack.broker.port}"
    return (
        f"Or publish one over MQTT, once IoT > MQTT > Connections has a connection that is started ({where}):"
    )


def who_gets_in(stack: Stack) -> str:
    """Whom the broker lets in."""
    if stack.mqtt_users is None:
        return "no password"
    return f"as {ODOO} / {stack.mqtt_users.passwords()[ODOO]}; the devices: {stack.mqtt_users.file}"


def mosquitto_pub(stack: Stack, broker: Broker) -> str:
    """A command that publishes one reading as a Tasmota gateway does, to be pasted into a shell."""
    program = broker.programs / "mosquitto_pub"
    user = ""
    if stack.mqtt_users:
        password = shlex.quote(stack.mqtt_users.passwords()[DEMO_DEVICE])
        user = f"-u {DEMO_DEVICE} -P {password} "
    return (
        f"{shlex.quote(str(program))} -h {broker.host} -p {broker.port} {user}-q 1 "
        f"-t {DEMO_TOPIC} -m '{DEMO_MESSAGE}'"
    )
