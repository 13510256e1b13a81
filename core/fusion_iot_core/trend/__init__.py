"""The trend of tank sensors: what was asked for, how it is read, and what is made of the rows."""

from .series import Edge, Limits, Slot, Trace
from .span import MAX_POINTS, Span, SpanError, parse_points, parse_span, to_ms

__all__ = [
    "MAX_POINTS",
    "Edge",
    "Limits",
    "Slot",
    "Span",
    "SpanError",
    "Trace",
    "parse_points",
    "parse_span",
    "to_ms",
]
