"""`--check`: is everything as it should be, and if not, what to do."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from fusion_iot_core.probe.agent import make_client
from fusion_iot_core.probe.bus import FILE
from fusion_iot_core.probe.config import Config
from fusion_iot_core.probe.ds18b20 import Ds18b20, ProbeError, ProbeGone
from fusion_iot_core.probe.watch import BusLike
from fusion_iot_core.queue.answers import Later, meaning
from fusion_iot_core.queue.client import NoAnswer, server_time
from fusion_iot_core.queue.clock import Clock

from .config import open_to_all

EMPTY = b'{"readings": []}'
"""Stores nothing: the server checks the signature first and then complains that there is none."""
MOST_APART_S = 60.0


@dataclass(frozen=True)
class Finding:
    """One line of the result; `good` is None for what is worth knowing and neither good nor bad."""

    good: bool | None
    text: str


def check(config: Config, path: Path, bus: BusLike, clock: Clock) -> Iterator[Finding]:
    """Look at everything. Stores and sends nothing."""
    yield from _file(path)
    yield from _probes(config, bus)
    yield from _store(config)
    yield from _server(config, clock)


def _file(path: Path) -> Iterator[Finding]:
    if open_to_all(path):
        yield Finding(None, f"{path}: everybody on this device can read the token; chmod 640 it.")
    else:
        yield Finding(True, f"{path} can be used.")


def _probes(config: Config, bus: BusLike) -> Iterator[Finding]:
    try:
        serials = bus.serials()
    except OSError as error:
        yield Finding(
            False,
            f"{config.bus}: {error.strerror}. Put the line dtoverlay=w1-gpio into /boot/firmware/config.txt "
            "(/boot/config.txt before Raspberry Pi OS 12) and restart.",
        )
        return
    if not serials:
        yield Finding(
            False,
            f"{config.bus}: no probe is there. Check the wiring: data at GPIO 4 (pin 7), a resistor of 4.7 kΩ from "
            "data to 3.3 V, and ground.",
        )
    for serial in serials:
        probe = Ds18b20(lambda serial=serial: bus.read(serial))  # type: ignore[misc]
        try:
            yield Finding(True, f"Probe {serial}: {probe.measure():g} °C.")
        except ProbeGone:
            yield Finding(False, f"Probe {serial} went away just now.")
        except ProbeError as error:
            hint = ""
            if not (Path(config.bus) / serial / FILE).exists():
                hint = " The kernel has no driver for it: modprobe w1_therm."
            yield Finding(False, f"Probe {serial}: {error}.{hint}")


def _store(config: Config) -> Iterator[Finding]:
    folder = config.store.parent
    if config.store.exists():
        usable = os.access(config.store, os.R_OK | os.W_OK) and os.access(folder, os.W_OK)
    else:
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        usable = os.access(folder, os.W_OK)
    if not usable:
        yield Finding(
            False, f"{config.store} cannot be written by this user. Run this as the user of the service."
        )
        return
    room = os.statvfs(folder)
    free = room.f_bavail * room.f_frsize
    if free < config.max_bytes:
        yield Finding(
            None,
            f"{folder} has {free >> 20} MiB left, and the store may need {config.max_bytes >> 20} MiB: "
            "lower max_megabytes.",
        )
    else:
        yield Finding(True, f"{config.store} can be written.")


def _server(config: Config, clock: Clock) -> Iterator[Finding]:
    try:
        reply = make_client(config, clock).post_body(EMPTY)
    except (NoAnswer, ssl.SSLError) as error:
        yield Finding(False, f"{config.url}: {error}.")
        yield from _clock(clock, None)
        return
    told = server_time(reply)
    ahead = None if told is None else (clock.moment().wall_ms - told) / 1000
    yield from _clock(clock, ahead)
    result = meaning(reply, 1)
    reason = result.reason if isinstance(result, Later) else f"{reply.status}: not what was expected"
    if reply.status == 400 and isinstance(result, Later) and result.stored_nothing:
        yield Finding(True, f"{config.url} takes readings with this token.")
    else:
        yield Finding(False, f"{config.url}: {reason}.")


def _clock(clock: Clock, ahead: float | None) -> Iterator[Finding]:
    if ahead is not None and abs(ahead) > MOST_APART_S:
        where = "ahead of" if ahead > 0 else "behind"
        yield Finding(
            False, f"The clock of this device is {abs(ahead):.0f} s {where} the server's: timedatectl status."
        )
    elif clock.synchronised():
        yield Finding(True, "The clock is kept right by NTP or the like.")
    elif ahead is not None:
        yield Finding(None, "Nothing keeps the clock right, but it agrees with the server's.")
    else:
        yield Finding(False, "The clock is not set: timedatectl status. Readings are kept until it is.")
