"""`fusion parse`: what the suite reads in one MQTT message. Needs neither a server nor Odoo."""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import math
import os
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from typing import NoReturn

from fusion_iot_core.protocol import (
    QUANTITIES,
    Measurement,
    Quality,
    UnitError,
    convert,
    grade,
    guess_kind,
    parsers,
    units_for,
)
from fusion_iot_core.protocol.parsers import DeviceInfo, Item, Presence, Rule, Switched
from fusion_iot_core.protocol.parsers.amounts import quantity_in, unit_named
from fusion_iot_core.protocol.parsers.device_clock import zone_named
from fusion_iot_core.protocol.parsers.json_path import PathError, parse_path

Refuse = Callable[[str], NoReturn]

MOST_BYTES = 16 * 1024 * 1024
EXAMPLES = """\
examples:
  ./fusion parse tele/tank1/SENSOR '{"DS18B20":{"Id":"0000048EC44C","Temperature":61.4}}'
  mosquitto_sub -C 1 -t shellyplus1-a0a3b3c309c4/events/rpc | ./fusion parse shellyplus1-a0a3b3c309c4/events/rpc
  ./fusion parse --parser json --path 'probes[*].t' --quantity temperature --unit °F line1 '{"probes":[{"t":140}]}'

One JSON object a line: "kind" is measurement, presence, info, problem, or switch for a relay that is off: 0 W of the
meter behind it, if the device has one. The quality is what the value alone tells; with "unit_assumed", nothing in the
message says the unit. The exit code is 0 if the message was understood, also when there is nothing in it to be
measured, 1 if there was a problem only, 2 for wrong arguments.
A payload that begins with a minus and is no number goes after `--`.
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = subparsers.add_parser(
        "parse",
        help="what is read in an MQTT message, as JSON lines (nothing needs to run)",
        description="Reads one MQTT message and prints what is found in it. Nothing is sent or saved.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--parser", metavar="NAME", help="family of the device (default: find out)")
    parser.add_argument("--list", action="store_true", help="list the families and stop")
    parser.add_argument(
        "--timezone",
        metavar="ZONE",
        default="",
        help="of a device clock that tells none (Europe/Berlin, +02:00)",
    )
    rule = parser.add_argument_group("a rule, for the parsers json, plain, esphome and openbeken")
    rule.add_argument(
        "--path", metavar="PATH", help="where the value is: sensors[0].temp, a.*.b, an object id"
    )
    rule.add_argument("--quantity", metavar="NAME", help="temperature, power, ph …")
    rule.add_argument("--unit", metavar="UNIT", help="unit after scale and offset (default: the stored one)")
    rule.add_argument("--scale", metavar="NUMBER", type=_number, help="what the value is multiplied with")
    rule.add_argument("--offset", metavar="NUMBER", type=_number, help="what is added after that")
    rule.add_argument("--map", metavar="WORD=NUMBER,…", type=_words, help="what words stand for: ON=1,OFF=0")
    rule.add_argument("--channel", metavar="NAME", help="name of the channel (default: the path)")
    rule.add_argument("--serial-path", metavar="PATH", help="where the probe's serial is")
    parser.add_argument("--time-path", metavar="PATH", default="", help="where the time is (parser json)")
    parser.add_argument("topic", metavar="TOPIC", nargs="?", help="topic of the message")
    parser.add_argument(
        "payload",
        metavar="PAYLOAD",
        nargs="?",
        default="-",
        help="the payload; -, or nothing: standard input",
    )
    parser.set_defaults(function=lambda options: main(options, parser.error))


def main(options: argparse.Namespace, refuse: Refuse) -> int:
    """Parse the message and print what was found. ``refuse`` ends the command over wrong arguments."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    if options.list:
        for one in parsers.PARSERS.values():
            print(f"{one.name:12}  {one.label:24}  {'  '.join(one.topics)}")
        return 0
    topic = options.topic
    if not topic or "+" in topic or "#" in topic:
        refuse(
            "the TOPIC of the message is missing" if not topic else "a message has a TOPIC without + and #"
        )
    name = options.parser or parsers.DETECT
    if name != parsers.DETECT and name not in parsers.PARSERS:
        refuse(f"there is no parser {name!r}; there are: {', '.join((parsers.DETECT, *parsers.PARSERS))}")
    rule = _rule(options, refuse)
    payload = _payload(options.payload)
    if rule and name == parsers.DETECT:
        name = "json" if payload.lstrip()[:1] in (b"{", b"[") else "plain"
    if rule and not parsers.PARSERS[name].configurable:
        takers = ", ".join(one.name for one in parsers.PARSERS.values() if one.configurable)
        refuse(f"the parser {name} takes no rule; these do: {takers}")
    settings = parsers.ParserSettings(options.timezone, options.time_path, (rule,) if rule else ())
    message = parsers.Message(topic, payload, datetime.now(timezone.utc))
    family = parsers.detect(topic, payload) if name == parsers.DETECT else parsers.PARSERS[name]
    items = parsers.read(message, name, settings).items
    shown = [_shown(item, family.name if family else name) for item in items if not _is_on(item)]
    for line in shown:
        print(json.dumps(line, ensure_ascii=False, allow_nan=False))
    return 1 if shown and all(line["kind"] == "problem" for line in shown) else 0


def _payload(argument: str) -> bytes:
    if argument != "-":
        return os.fsencode(argument)
    if sys.stdin.isatty():
        print("fusion: the payload is read from the keyboard; Ctrl-D ends it", file=sys.stderr)
    return sys.stdin.buffer.read(MOST_BYTES)


def _rule(options: argparse.Namespace, refuse: Refuse) -> Rule | None:
    """The rule that the options describe, checked as the form would; None when there is none."""
    if options.timezone and zone_named(options.timezone) is None:
        refuse(f"--timezone: no zone is called {options.timezone!r}; for example Europe/Berlin or +02:00")
    for option in ("path", "serial_path", "time_path"):
        try:
            parse_path(getattr(options, option) or "")
        except PathError as error:
            refuse(f"--{option.replace('_', '-')}: {error}")
    quantity, unit = options.quantity or "", unit_named(options.unit or "")
    if quantity and quantity not in QUANTITIES:
        refuse(f"--quantity: there is no {quantity!r}; there are: {', '.join(QUANTITIES)}")
    if options.unit and not unit:
        refuse(f"--unit: {options.unit!r} is not known")
    quantity = quantity or quantity_in(unit)
    if unit and quantity and unit not in units_for(quantity):
        refuse(f"--unit: {quantity} is measured in {', '.join(units_for(quantity))}, not in {unit}")
    values = {
        "path": options.path,
        "quantity": quantity or None,
        "unit": unit or None,
        "scale": options.scale,
        "offset": options.offset,
        "value_map": options.map,
        "channel": options.channel,
        "serial_path": options.serial_path,
    }
    given = {key: value for key, value in values.items() if value is not None}
    return Rule(**given) if given else None


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError("a finite number is needed")
    return number


def _words(text: str) -> dict[str, float]:
    words = {}
    for part in filter(None, text.split(",")):
        word, equals, number = part.rpartition("=")
        if not equals:
            raise argparse.ArgumentTypeError(f"{part!r} is not WORD=NUMBER")
        words[word.strip()] = _number(number)
    return words


def _is_on(item: Item) -> bool:
    """Whether it is a relay that is on, which says nothing of anything that is measured."""
    return isinstance(item, Switched) and item.on


def _shown(item: Item, family: str) -> dict[str, object]:
    """An item as the line it is printed in."""
    if isinstance(item, Measurement):
        assumed = {"unit_assumed": True} if item.unit_assumed else {}
        return {
            "kind": "measurement",
            "device": item.device,
            "channel": item.channel,
            "serial": item.serial,
            "quantity": item.quantity,
            "value": item.value,
            "unit": item.unit,
            **assumed,
            "at": item.at.isoformat().replace("+00:00", "Z") if item.at else None,
            "quality": _quality(item, family),
        }
    if isinstance(item, Presence):
        return {"kind": "presence", "device": item.device, "online": item.online}
    if isinstance(item, Switched):
        return {
            "kind": "switch",
            "device": item.device,
            "meter": item.meter,
            "relay": item.relay,
            "on": item.on,
        }
    if isinstance(item, DeviceInfo):
        said = {name: value for name, value in item._asdict().items() if value not in ("", None)}
        return {"kind": "info", **said}
    return {"kind": "problem", "device": item.device, "error": item.error, "message": item.message}


def _quality(item: Measurement, family: str) -> str:
    """The quality that a tank sensor would give the value, judged by the value alone."""
    quality = item.quality
    if item.value is not None and quality is Quality.GOOD and item.quantity in QUANTITIES:
        kind = guess_kind(family, item.device, item.channel, item.serial)
        with contextlib.suppress(UnitError):
            value = convert(item.value, item.unit, QUANTITIES[item.quantity].unit)
            quality = grade(value, kind=kind, quantity=item.quantity).quality
    return str(quality.value)
