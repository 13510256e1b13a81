from datetime import datetime, timedelta, timezone

from fusion_iot_core.mqtt.inbound import Inbound
from fusion_iot_core.mqtt.route import Route
from fusion_iot_core.protocol.parsers import Message

NOON = datetime(2026, 11, 2, 12, tzinfo=timezone.utc)
RPC = (
    '{"src":"shellyplus1-aa","dst":"x","method":"NotifyStatus",'
    '"params":{"ts":1793620800.5,"temperature:100":{"id":100,"tC":%s}}}'
)


def inbound(topic, payload="1", *, mid=1, duplicate=False, link=1, retained=False, seconds=0.0, qos=1):
    """A message as the link hands it over."""
    if isinstance(payload, str):
        payload = payload.encode()
    message = Message(topic, payload, NOON + timedelta(seconds=seconds), retained)
    return Inbound(message, qos, mid if qos else 0, duplicate, link)


def route(pattern, identifier="kiln", number=1, **values):
    """A registered device."""
    return Route(number, number, identifier, pattern, **values)
