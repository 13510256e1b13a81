"""A message as a broker delivers it."""

from datetime import datetime
from typing import NamedTuple


class Message(NamedTuple):
    """One MQTT application message (MQTT 5.0, section 3.3).

    :ivar payload: the bytes as they came; a parser never assumes that they are text
    :ivar received_at: server time of receipt, aware UTC
    :ivar retained: delivered by the broker from its store, hence of unknown age
    """

    topic: str
    payload: bytes
    received_at: datetime
    retained: bool = False
