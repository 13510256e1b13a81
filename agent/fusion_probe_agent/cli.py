"""The command line."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import ssl
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from fusion_iot_core.probe.agent import Agent, AlreadyRunning, sole_user
from fusion_iot_core.probe.bus import Bus
from fusion_iot_core.probe.config import Config
from fusion_iot_core.probe.simulate import SimulatedBus
from fusion_iot_core.probe.watch import BusLike
from fusion_iot_core.queue.clock import Clock, SystemClock

from . import __version__, logs
from .check import check
from .config import PLACE, ConfigError, load

EPILOG = """exit codes:
  0   stopped by a signal; --once: everything was sent; --check: all is well
  1   --check found something that is wrong
  64  the command line is wrong
  75  --once: readings still wait, or another agent runs
  78  the configuration is wrong
"""
_MARKS = {True: "ok   ", False: "WRONG", None: "note "}
_logger = logging.getLogger(__name__)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        self.print_usage(sys.stderr)
        self.exit(os.EX_USAGE, f"{self.prog}: {message}\n")


def command() -> NoReturn:
    """Run the command and end with its exit code, which the starter that zipapp writes does not hand on by itself."""
    sys.exit(main())


def main(
    arguments: Sequence[str] | None = None,
    *,
    bus: BusLike | None = None,
    clock: Clock | None = None,
) -> int:
    """Run the command; returns its exit code. `bus` and `clock` for others than those of this device."""
    options = _parser().parse_args(arguments)
    try:
        config = load(options.config)
        logs.set_up(config.log_level)
        if options.simulate:
            bus = SimulatedBus()
        clock = clock or SystemClock()
        if options.check:
            return _check(config, options.config, bus or Bus(config.bus), clock)
        with sole_user(config):
            if options.simulate:
                _logger.warning("The readings are made up: this is a simulation.")
            agent = Agent(config, bus=bus, clock=clock)
            if options.once:
                return os.EX_OK if agent.once() else os.EX_TEMPFAIL
            return _run(agent)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return os.EX_CONFIG
    except ssl.SSLError as error:
        print(f"[server] ca_file holds no certificates: {error}", file=sys.stderr)
        return os.EX_CONFIG
    except AlreadyRunning as error:
        print(f"Another agent uses this store ({error}).", file=sys.stderr)
        return os.EX_TEMPFAIL


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="fusion-probe-agent",
        description="Reads DS18B20 probes and brings every reading to Odoo.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", type=Path, default=PLACE, metavar="FILE", help=f"default: {PLACE}")
    parser.add_argument(
        "--simulate", action="store_true", help="made-up probes; the server gets their readings"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--once", action="store_true", help="measure once, send all that waits, and end")
    what.add_argument("--check", action="store_true", help="say what is wrong; stores and sends nothing")
    parser.add_argument("--version", action="version", version=__version__)
    return parser


def _check(config: Config, path: Path, bus: BusLike, clock: Clock) -> int:
    wrong = False
    for finding in check(config, path, bus, clock):
        print(_MARKS[finding.good], finding.text, flush=True)
        wrong = wrong or finding.good is False
    return int(wrong)


def _run(agent: Agent) -> int:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: agent.stop())
    agent.run()
    return os.EX_OK
