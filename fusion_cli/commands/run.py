"""`fusion run`: the whole suite with demo data and live values, until Ctrl-C."""

from __future__ import annotations

import argparse
import functools
import ipaddress
import time

from ..banner import banner
from ..box import pairing, probes
from ..box.client import BoxClient
from ..problem import Problem
from ..project import Project
from ..report import Reporter
from ..server import network
from ..server.simulator_process import SimulatorProcess
from ..server.supervisor import Supervisor
from ..stack import Stack

HIGHEST_PORT = 65535


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "run",
        help="start everything and keep it running (Ctrl-C stops it)",
        description="Gets what is missing (system packages, Odoo 19, Mosquitto, Python packages), starts a private "
        "PostgreSQL and MQTT broker, creates or updates the database, starts Odoo and a "
        "simulated plating line and workshop.",
    )
    parser.add_argument(
        "--db", metavar="NAME", help="database (default: fusion, or fusion_plain with --no-demo)"
    )
    parser.add_argument(
        "--port",
        type=functools.partial(_whole, highest=HIGHEST_PORT),
        default=0,
        help="web port (default: the last one if free, else any)",
    )
    parser.add_argument(
        "--listen",
        nargs="?",
        const=network.EVERYWHERE,
        default=network.LOOPBACK,
        type=_address,
        metavar="ADDRESS",
        help="let other devices open the web client, at this IPv4 address of the machine or at all of them; "
        "unencrypted and with the demo passwords, so only in a network you trust",
    )
    parser.add_argument(
        "--workers", type=_whole, default=0, metavar="N", help="prefork with N workers (default: threads)"
    )
    parser.add_argument(
        "--no-demo", dest="demo", action="store_false", help="no demo data; random admin password"
    )
    parser.add_argument(
        "--no-simulator", dest="simulator", action="store_false", help="no simulated readings"
    )
    parser.add_argument("--no-broker", dest="broker", action="store_false", help="no MQTT broker")
    parser.add_argument(
        "--mqtt-auth",
        action="store_true",
        help="an MQTT broker that lets nobody in without a user: Odoo, and each simulated device, which cannot publish "
        "as another",
    )
    parser.add_argument(
        "--box",
        action="store_true",
        help="also the stock client of the IoT Box with simulated probes, paired with this server",
    )
    parser.set_defaults(function=main)


def _whole(text: str, highest: int | None = None) -> int:
    """A whole number from 0 on, for argparse."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if number < 0 or (highest is not None and number > highest):
        upper = "up" if highest is None else f"to {highest}"
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 {upper}")
    return number


def _address(text: str) -> str:
    """An IPv4 address, for argparse."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no IPv4 address") from error


def main(options: argparse.Namespace) -> int:
    """Start, print the banner, watch until a signal comes, stop."""
    began = time.monotonic()
    project = Project.here()
    report = Reporter()
    report.say(f"Fusion IoT in {project.root}")
    database = options.db or ("fusion" if options.demo else "fusion_plain")
    stack = Stack(
        project,
        database=database,
        demo=options.demo,
        broker=options.broker,
        connect=True,
        mqtt_auth=options.mqtt_auth,
        workers=options.workers,
        port=options.port,
        address=options.listen,
        report=report,
    )
    simulator: SimulatorProcess | None = None
    box: BoxClient | None = None
    try:
        stack.start()
        if options.simulator:
            simulator = start_simulator(stack)
        if options.box:
            box = start_box(stack)
        report.say(banner(stack, simulator is not None, time.monotonic() - began, box))
        Supervisor(stack, simulator, box).watch()
    finally:
        if stack.held:
            report.say("\nStopping...")
            if box:
                box.stop()
            if simulator:
                simulator.stop()
            stack.stop()
            report.say("Everything is stopped.")
    return 0


def start_simulator(stack: Stack) -> SimulatorProcess | None:
    """Start the simulated line; says so where the checkout has none or it ends at once."""
    simulator = SimulatorProcess(stack.project, stack.odoo_python, stack.log / "simulator.log")
    if not simulator.available:
        stack.report.warn(
            "This checkout has no fusion_cli/simulator, so no readings will arrive by themselves."
        )
        return None
    with stack.report.step("Starting the simulated plating line and workshop"):
        simulator.start(stack.env())
    return simulator


def start_box(stack: Stack) -> BoxClient | None:
    """Start a box with probes that is paired with the server; says so where that does not work."""
    if not any(addon.name == pairing.ADDON for addon in stack.addons):
        stack.report.warn(
            f"This checkout has no {pairing.ADDON}, so there is nothing to pair an IoT Box with."
        )
        return None
    box: BoxClient | None = None
    try:
        box = BoxClient(stack, stack.state / "box", stack.log / "box.log", [probes.BUS, probes.DRIVERS])
        probes.plug(box.bus)
        with stack.report.step("Starting an IoT Box and pairing it"):
            pairing.pair(stack, box)
    except BaseException as error:
        if box:
            box.stop()
        if not isinstance(error, Problem):
            raise
        stack.report.warn(error.text())
        return None
    return box
