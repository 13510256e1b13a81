"""The life of an alert. Pure: nothing of Odoo in here, relative imports only."""

from .events import (
    Ack,
    Acked,
    Cleared,
    Condition,
    Effect,
    Escalated,
    Event,
    OutOfService,
    Raised,
    Refused,
    Resolve,
    Resolved,
    Retriggered,
    Shelve,
    Suppress,
    Tell,
    Tick,
    Unshelve,
)
from .limits import beyond
from .machine import may_reopen, step
from .state import Phase, Settings, State

__all__ = [
    "Ack",
    "Acked",
    "Cleared",
    "Condition",
    "Effect",
    "Escalated",
    "Event",
    "OutOfService",
    "Phase",
    "Raised",
    "Refused",
    "Resolve",
    "Resolved",
    "Retriggered",
    "Settings",
    "Shelve",
    "State",
    "Suppress",
    "Tell",
    "Tick",
    "Unshelve",
    "beyond",
    "may_reopen",
    "step",
]
