"""Rows as columns, for statements that take arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime


def columns(names: Sequence[str], rows: Iterable[Sequence[object]]) -> dict[str, list[object]]:
    """The columns of ``rows`` by name; there has to be a row."""
    return {name: list(column) for name, column in zip(names, zip(*rows, strict=True), strict=True)}


def naive(at: datetime | None) -> datetime | None:
    """An aware UTC time as the database has it."""
    return at and at.replace(tzinfo=None)


def whole(at: datetime | None) -> datetime | None:
    """The same, rounded down to seconds as Odoo has it."""
    return at and at.replace(tzinfo=None, microsecond=0)


def iso(at: datetime) -> str:
    """An aware or naive UTC time as ISO 8601 with ``Z``."""
    return at.replace(tzinfo=None).isoformat() + "Z"
