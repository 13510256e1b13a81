"""What a person sets where a payload does not explain itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Rule:
    """Where one quantity is found in a JSON or plain payload.

    The value found is looked up in ``value_map`` first; otherwise it is a number or the text of one. The result
    is ``value * scale + offset``, in ``unit``.

    :ivar path: dotted path into the JSON (``sensors[0].temp``); empty for a payload that is the value itself
    :ivar quantity: a key of :data:`QUANTITIES`
    :ivar unit: unit after scale and offset; empty for the quantity's own
    :ivar value_map: number that stands for a text (``{"ON": 1.0, "OFF": 0.0}``)
    :ivar channel: name of the channel; empty for the path itself
    :ivar serial_path: where the probe's serial is; empty when it has none
    """

    path: str = ""
    quantity: str = ""
    unit: str = ""
    scale: float = 1.0
    offset: float = 0.0
    value_map: Mapping[str, float] = field(default_factory=dict)
    channel: str = ""
    serial_path: str = ""


@dataclass(frozen=True, slots=True)
class ParserSettings:
    """Settings of one device.

    :ivar timezone: zone of the device's clock where its times have none (IANA name or ``+02:00``); empty when
        unknown: such times are not used then
    :ivar told_unit: unit of the bare value under the topic of a message, as the device has described it elsewhere;
        empty when it has not
    :ivar time_path: where the generic parser finds the source time; empty when there is none
    """

    timezone: str = ""
    time_path: str = ""
    rules: tuple[Rule, ...] = ()
    told_unit: str = ""


DEFAULT_SETTINGS = ParserSettings()
