"""Which device a message belongs to."""

from dataclasses import dataclass

from ..protocol.parsers import DEFAULT_SETTINGS, DETECT, ParserSettings


@dataclass(frozen=True, slots=True)
class Route:
    """A registered MQTT device, as the runtime needs it.

    :ivar id: of the `mqtt.device`
    :ivar device_id: of its `iot.device`
    :ivar identifier: the name its measurements get, whatever the topic calls it
    :ivar topic_pattern: topic filter with ``+`` and ``#``
    :ivar parser: name of a parser, or :data:`DETECT`
    :ivar power_channels: where it has measured power before
    :ivar company: id of the company that its measurements are of; ``None``: of all
    :ivar main_voice: the voices whose echoes do not count, as learnt so far, separated by blanks
    :ivar switches: the relays that people may switch: id, family and name of the relay
    """

    id: int
    device_id: int
    identifier: str
    topic_pattern: str
    parser: str = DETECT
    settings: ParserSettings = DEFAULT_SETTINGS
    main_voice: str = ""
    power_channels: tuple[str, ...] = ()
    company: int | None = None
    switches: tuple[tuple[int, str, str], ...] = ()
