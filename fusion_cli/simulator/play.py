"""The line and the workshop in real time: a look back first, then reading by reading."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from . import known
from .feed import Feed
from .incident import Incident
from .line import Line, Reading
from .network import ADDON_PROBES, devices
from .outbox import Outbox
from .plant import NEWCOMERS, POINTS
from .poster import Poster
from .publisher import Publisher
from .recall import Recall
from .recalled import Recalled
from .script import Script
from .sender import Sender
from .settings import Settings
from .workshop import machines

LOOK = 1.0
"""Seconds between two looks at what there is to send."""
PATIENCE = 300.0
"""Seconds after which a server that does not say what it has gets the live readings only."""
PLACES = {point.serial: point.place for point in POINTS}


def play(settings: Settings, hours: float, seed: int, log: Callable[[str], None]) -> None:
    """Play for ever. The line's look back goes by HTTP, since most messages of its MQTT devices have no time."""
    have = _ask(settings, log)
    live = int(time.time())
    script = Script(live, seed)
    line = Line(live - int(hours * 3600), script, seed, POINTS + NEWCOMERS)
    past = known.missing(line.until(live), have)
    log(f"The line starts; {len(past)} readings of the last {hours:g} hours are missing and come first.")
    routes = _routes(settings, past, log)
    workshop = _workshop(settings, hours, log)
    before: list[Incident] = []
    sent = 0
    while True:
        readings = line.until(time.time())
        before = _tell(before, script.going_on(line.now), log)
        if line.now != sent:
            sent = line.now
            for sender, serials in routes:
                sender.send(line.now, [reading for reading in readings if reading.serial in serials])
        if workshop:
            workshop.send(int(time.time()), [])
        time.sleep(max(0.05, LOOK - time.time() % LOOK))


def _routes(
    settings: Settings, past: Sequence[Reading], log: Callable[[str], None]
) -> list[tuple[Sender, frozenset[str]]]:
    """The ways to the server, and whose live readings take them.

    HTTP is for those that no MQTT device reads, and for the past; but it needs serials.
    """
    placed = frozenset(ADDON_PROBES.values())
    outbox = Outbox()
    outbox.put(reading for reading in past if reading.serial not in placed)
    feed = Feed(outbox, Poster(settings.url, settings.token), log)
    by_http = frozenset(point.serial for point in POINTS) - placed
    if not settings.mqtt_port:
        return [(feed, by_http)]
    publisher = Publisher(settings.mqtt_host, settings.mqtt_port, devices(), log, users=settings.mqtt_users)
    recall = Recall(settings, publisher, [reading for reading in past if reading.serial in placed], log)
    return [(publisher, publisher.serials), (feed, by_http - publisher.serials), (recall, frozenset())]


def _workshop(settings: Settings, hours: float, log: Callable[[str], None]) -> Sender | None:
    """The way of the machines to the server; None without a broker."""
    if not settings.mqtt_port:
        return None
    found = machines()
    publisher = Publisher(
        settings.mqtt_host, settings.mqtt_port, found, log, called="The machines", users=settings.mqtt_users
    )
    return Recalled(settings, publisher, found, hours, log)


def _ask(settings: Settings, log: Callable[[str], None]) -> dict[str, int] | None:
    """What the server has, asked until it answers."""
    deadline = time.monotonic() + PATIENCE
    silent = False
    while time.monotonic() < deadline:
        try:
            have = known.newest(settings)
        except (OSError, ValueError) as error:
            if not silent:
                log(f"Waiting for the server: {error}.")
                silent = True
            time.sleep(2.0)
            continue
        if have is None:
            log("The login may not see the sensors; the readings of the past are left out.")
        return have
    log("The server does not say what it has; the readings of the past are left out.")
    return None


def _tell(before: list[Incident], now: list[Incident], log: Callable[[str], None]) -> list[Incident]:
    for incident in now:
        if incident not in before:
            log(f"{PLACES[incident.serial]}: {incident.story}.")
    for incident in before:
        if incident not in now:
            log(f"{PLACES[incident.serial]}: over.")
    return now
