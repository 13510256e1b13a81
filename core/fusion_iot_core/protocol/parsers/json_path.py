"""Paths into a JSON document, as a person writes them in a form: ``sensors[0].temp``, ``sensors[*].temp``."""

import re
from collections.abc import Iterator

MOST_STEPS = 16
_STEP = re.compile(r"\[(\d{1,5}|\*)\]|\[\"([^\"]*)\"\]|\.?([^.\[\]]+)")

Step = str | int
Path = tuple[Step, ...]


class PathError(ValueError):
    """Not a path. The message says where."""


def parse_path(text: str) -> Path:
    """The steps of a path: names, and indexes of lists. ``*`` is every member; a leading ``$.`` says nothing."""
    text = text.strip()
    at = 1 if text.startswith("$") and text[1:2] in ("", ".", "[") else 0
    steps: list[Step] = []
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None or len(steps) == MOST_STEPS:
            raise PathError(f"not a path from {text[at : at + 20]!r} on")
        index, quoted, name = found.groups()
        steps.append(int(index) if index and index != "*" else index or (name if quoted is None else quoted))
        at = found.end()
    return tuple(steps)


def shown_path(path: Path) -> str:
    """A path as it is written."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def find(document: object, path: Path) -> Iterator[tuple[Path, object]]:
    """Every place that a path leads to, in order, with what is there. Linear in the size of the document."""
    found: list[tuple[Path, object]] = [((), document)]
    for step in path:
        found = [((*where, one), value) for where, node in found for one, value in _members(node, step)]
    yield from found


def at_same_place(path: Path, place: Path) -> Path:
    """``path`` with its stars replaced by the members that led to ``place``: ``s[*].id`` beside ``s[2].temp``."""
    return tuple(
        place[number] if step == "*" and number < len(place) else step for number, step in enumerate(path)
    )


def _members(node: object, step: Step) -> Iterator[tuple[Step, object]]:
    if isinstance(node, dict):
        if step == "*":
            yield from node.items()
        elif str(step) in node:
            yield str(step), node[str(step)]
    elif isinstance(node, list):
        if step == "*":
            yield from enumerate(node)
        elif isinstance(step, int) and step < len(node):
            yield step, node[step]
        elif isinstance(step, str) and step.isascii() and step.isdigit() and int(step[:6]) < len(node):
            yield int(step), node[int(step)]
