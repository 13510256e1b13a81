"""Equipment of any make, read over REST, OPC UA and Modbus. Asynchronous, and without Odoo.

A protocol is a file; what it stands on is imported when it is used.
"""

from .base import BaseIoTConnector, BrowseItem, Capabilities, ConnectionTest, Step, within
from .config import Config, parse_config
from .endpoint import Endpoint, parse_endpoint
from .errors import (
    BadAnswer,
    Busy,
    ConnectorError,
    LinkState,
    LoginRefused,
    Misconfigured,
    NotInstalled,
    TimedOut,
    Unreachable,
)
from .factory import ConnectorFactory, connector_class
from .polling import LinkStatus, Polled, Poller, PollSettings
from .reading import FIELDS, OPERATIONAL_STATUSES, Reading, reading_of, reading_without_tags
from .tags import Tag, TagValue, evaluate, parse_tags

__all__ = [
    "FIELDS",
    "OPERATIONAL_STATUSES",
    "BadAnswer",
    "BaseIoTConnector",
    "BrowseItem",
    "Busy",
    "Capabilities",
    "Config",
    "ConnectionTest",
    "ConnectorError",
    "ConnectorFactory",
    "Endpoint",
    "LinkState",
    "LinkStatus",
    "LoginRefused",
    "Misconfigured",
    "NotInstalled",
    "PollSettings",
    "Polled",
    "Poller",
    "Reading",
    "Step",
    "Tag",
    "TagValue",
    "TimedOut",
    "Unreachable",
    "connector_class",
    "evaluate",
    "parse_config",
    "parse_endpoint",
    "parse_tags",
    "reading_of",
    "reading_without_tags",
    "within",
]
