"""What a server has below a node, for a person to pick tags from."""

from __future__ import annotations

from collections.abc import Sequence

from asyncua import ua

from ..base import BrowseItem
from ..errors import BadAnswer, Misconfigured
from .nodes import NodeError, node_id, parse_node, written
from .session import Session
from .values import Unfit, plain, status_name, status_words

MOST_ITEMS = 500
_SHOWN = 64
_FIRST = 8
_READS, _WRITES = 1, 2  # bits of an access level (OPC 10000-3, 8.57)


async def browse(session: Session, node: str) -> list[BrowseItem]:
    """The children of a node, one level, at most :data:`MOST_ITEMS`; of the folder Objects for an empty one."""
    (result,) = await session.browse([_where(session, node)], MOST_ITEMS)
    status = result.StatusCode or ua.StatusCode()
    if status.is_bad():
        raise BadAnswer(f"There is nothing to list: {status_words(status)}", status_name(status.value))
    children: dict[ua.NodeId, ua.ReferenceDescription] = {}
    for each in result.References or ():
        if not getattr(each.NodeId, "ServerIndex", 0):  # what is on another server is not listed
            children.setdefault(local(each.NodeId, session.namespaces), each)
    nodes = list(children)[:MOST_ITEMS]
    variables = [each for each in nodes if children[each].NodeClass == ua.NodeClass.Variable]
    values = dict(zip(variables, await session.read(variables), strict=True))
    levels = dict(zip(variables, await session.read(variables, ua.AttributeIds.UserAccessLevel), strict=True))
    below = dict(zip(nodes, await session.browse(nodes, 1), strict=True))
    return [
        BrowseItem(
            name=_name(children[each]),
            address={"node": written(each, session.namespaces)},
            has_children=_has_more(below[each]),
            value=_shown(values[each]) if each in values else "",
            type=_type(values[each]) if each in values else "",
            access=_access(levels[each]) if each in levels else "",
        )
        for each in nodes
    ]


def _where(session: Session, node: str) -> ua.NodeId:
    if not node.strip():
        return node_id(ua.ObjectIds.ObjectsFolder)
    try:
        found = parse_node(node).on(session.namespaces)
    except NodeError as exc:
        raise Misconfigured(str(exc), "node") from None
    if found is None:
        raise Misconfigured("The server does not have the namespace of this node.", "node")
    return found


def local(node: ua.NodeId, namespaces: Sequence[str]) -> ua.NodeId:
    """A node by the index of its namespace, where a server tells it by the URI."""
    uri = getattr(node, "NamespaceUri", None)
    index = namespaces.index(uri) if uri in namespaces else node.NamespaceIndex
    return node_id(node.Identifier, index)


def _name(reference: ua.ReferenceDescription) -> str:
    shown = reference.DisplayName.Text if reference.DisplayName else None
    return str(shown or (reference.BrowseName.Name if reference.BrowseName else "") or "?")[:_SHOWN]


def _has_more(result: ua.BrowseResult) -> bool:
    # One that had no place to keep its further children has some.
    status = result.StatusCode or ua.StatusCode()
    return bool(result.References) or status_name(status.value) == "BadNoContinuationPoints"


def _shown(value: ua.DataValue) -> str:
    status = value.StatusCode or ua.StatusCode()
    if status.is_bad():
        return status_name(status.value)
    variant = value.Value
    if variant is None or variant.Value is None:
        return ""
    try:
        if isinstance(variant.Value, list | tuple):
            first = [str(plain(variant, index)) for index in range(min(len(variant.Value), _FIRST))]
            return f"[{', '.join(first)}{', …' if len(variant.Value) > _FIRST else ''}]"[:_SHOWN]
        return str(plain(variant))[:_SHOWN]
    except Unfit:
        return ""


def _type(value: ua.DataValue) -> str:
    variant = value.Value
    if variant is None or variant.VariantType in (None, ua.VariantType.Null):
        return ""
    name = getattr(variant.VariantType, "name", "")
    return f"{name}[]" if variant.is_array else str(name)


def _access(level: ua.DataValue) -> str:
    bits = level.Value.Value if level.Value is not None else None
    if not isinstance(bits, int):
        return ""
    names = [name for bit, name in ((_READS, "read"), (_WRITES, "write")) if bits & bit]
    return ", ".join(names)
