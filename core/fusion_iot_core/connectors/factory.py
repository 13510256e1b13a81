"""The connectors there are, by protocol."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from .base import BaseIoTConnector
from .config import Config, parse_config
from .errors import Misconfigured, NotInstalled

# What each protocol stands on is imported when it is first used: who has no OPC UA needs no library for it.
_BUILT_IN: Mapping[str, tuple[str, str]] = {
    "modbus": (".modbus", "ModbusConnector"),
    "opc_ua": (".opc_ua", "OpcUaConnector"),
    "rest_api": (".rest_api", "RestApiConnector"),
}
_registered: dict[str, type[BaseIoTConnector]] = {}


class ConnectorFactory:
    """Makes connectors. An addon registers one of its own under a name of its own."""

    @staticmethod
    def create_connector(
        protocol: str, equipment_id: str, config: Mapping[str, Any] | Config
    ) -> BaseIoTConnector:
        """A connector that is not connected yet.

        :param config: ``{endpoint, port, credentials, additional_config}``
        :raise Misconfigured: what in it cannot work
        :raise NotInstalled: where the library for the protocol is not there
        """
        connector = connector_class(protocol)
        if not isinstance(config, Config):
            config = parse_config({**config, "protocol": protocol})
        return connector(equipment_id, config)

    @staticmethod
    def register_connector(protocol: str, connector: type[BaseIoTConnector]) -> None:
        """Have a protocol served by a connector of one's own; also one that there is already."""
        _registered[protocol] = connector

    @staticmethod
    def supported_protocols() -> list[str]:
        """The names of all protocols, whether their library is there or not."""
        return sorted(_BUILT_IN.keys() | _registered.keys())


def connector_class(protocol: str) -> type[BaseIoTConnector]:
    """The class that serves a protocol.

    :raise Misconfigured: where there is none
    :raise NotInstalled: where the library that it stands on is missing
    """
    if found := _registered.get(protocol):
        return found
    if protocol not in _BUILT_IN:
        known = ", ".join(ConnectorFactory.supported_protocols())
        raise Misconfigured(f"{protocol!r} is not known; there are {known}.", "protocol")
    module, name = _BUILT_IN[protocol]
    try:
        loaded = importlib.import_module(module, __package__)
    except ModuleNotFoundError as exc:
        raise NotInstalled(
            f"{protocol} needs the library {exc.name}, which is not installed: pip install {exc.name}.",
            "protocol",
        ) from None
    connector: type[BaseIoTConnector] = getattr(loaded, name)
    return connector
