"""How a node is written, and which one it is on a server that has just been asked for its namespaces."""

from __future__ import annotations

import binascii
import re
import uuid
from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asyncua import ua

Identifier = int | str | bytes | uuid.UUID
LONGEST = 4096
_WRITTEN = re.compile(
    r"(?:nsu=(?P<uri>[^;]+);|ns=(?P<index>[0-9]{1,5});)?(?P<kind>[isgb])=(?P<identifier>.+)", re.S
)
_HOW = "a node is written as nsu=http://…;s=…, ns=2;s=… or i=2258"


class NodeError(ValueError):
    """What is no address of a node."""


@dataclass(frozen=True, slots=True)
class NodeAddress:
    """:ivar namespace: its URI, which stays; or its index, which may be another one after a restart of the server"""

    namespace: str | int
    identifier: Identifier

    def on(self, namespaces: Sequence[str]) -> ua.NodeId | None:
        """The node on a server with these namespaces; ``None`` where it has not that one."""
        if isinstance(self.namespace, int):
            index = self.namespace
        elif self.namespace in namespaces:
            index = namespaces.index(self.namespace)
        else:
            return None
        return node_id(self.identifier, index)


def node_id(identifier: Any, namespace: int = 0) -> ua.NodeId:
    """A node of the library."""
    return ua.NodeId(identifier, ua.Int16(namespace))


def parse_node(text: object) -> NodeAddress:
    """Read ``nsu=http://…;s=…``, ``ns=2;i=1005``, ``i=2258``; identifiers are numbers (``i``), texts (``s``), UUIDs
    (``g``) or Base64 (``b``). In a URI, ``%3B`` is a semicolon and ``%25`` a percent sign (OPC 10000-6, 5.1.12).

    :raise NodeError: what is wrong
    """
    found = _WRITTEN.fullmatch(text.strip()) if isinstance(text, str) and len(text) <= LONGEST else None
    if not found:
        raise NodeError(f"{str(text)[:80]!r} is no node: {_HOW}.")
    uri, index = found["uri"], int(found["index"] or 0)
    if index > 65535:
        raise NodeError(f"{index} is no index of a namespace: 0 to 65535.")
    namespace = uri.replace("%3B", ";").replace("%3b", ";").replace("%25", "%") if uri else index
    try:
        return NodeAddress(namespace, _identifier(found["kind"], found["identifier"]))
    except (ValueError, binascii.Error):
        raise NodeError(f"{found['identifier'][:80]!r} is no identifier after {found['kind']}=.") from None


def _identifier(kind: str, text: str) -> Identifier:
    if kind == "i":
        if not (text.isascii() and text.isdigit()) or int(text) > 0xFFFFFFFF:
            raise ValueError
        return int(text)
    if kind == "g":
        return uuid.UUID(text)
    return b64decode(text, validate=True) if kind == "b" else text


def written(node: ua.NodeId, namespaces: Sequence[str]) -> str:
    """A node as it stands in a tag: with the URI of its namespace, where the server says one."""
    identifier = node_id(node.Identifier).to_string()
    index = node.NamespaceIndex
    if not index:
        return str(identifier)
    if index < len(namespaces) and namespaces[index]:
        uri = namespaces[index].replace("%", "%25").replace(";", "%3B")
        return f"nsu={uri};{identifier}"
    return f"ns={index};{identifier}"
