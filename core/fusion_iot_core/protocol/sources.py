"""Where measurements come from: one entry per transport, and how each is handled."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Source:
    """A way in. The defaults are right for a transport that asks devices or is called by them.

    :ivar name: under which it is stored
    :ivar label: for people
    :ivar from_device: a device reported the measurement, which also says something about the device. What a person has
        read off says nothing about it.
    :ivar reports_presence: the transport itself reports which devices are connected: a measurement of a device that it
        has reported as disconnected is a late one, and does not put the device online
    :ivar lists_unknown: devices that are not set up are listed as unknown. Otherwise the transport lists them itself,
        and only probes with a serial of their own are unknown.
    """

    name: str
    label: str
    from_device: bool = True
    reports_presence: bool = False
    lists_unknown: bool = True


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        source.name: source
        for source in (
            Source("http", "HTTP"),
            Source("api", "API"),
            Source("mqtt", "MQTT", lists_unknown=False),
            Source("box", "IoT Box", reports_presence=True),
            Source("poller", "Poller"),
            Source("manual", "By hand", from_device=False),
        )
    }
)
"""The sources of the suite by name; addons bring others (`iot.ingest._sources`)."""
