"""From the power a machine draws to its sessions. Pure: nothing of Odoo in here, relative imports only.

A value (:class:`SessionState`) and a function (:func:`advance`) that moves it over messages. Nothing in here
has a clock: time comes with messages, with :func:`tick` and with what a person does.
"""

from .config import ConfigError, SessionConfig, timeout_for
from .events import Event, Heartbeat, SessionEnded, SessionStarted, SessionVoided, StateChanged, Turns
from .histogram import Bin, Level
from .machine import advance, due_at, manual_start, manual_stop, tick
from .phases import EndReason, Phase
from .replay import replay
from .sample import MOST_W, MOST_WH, OFF_W, Gone, Said, Sample, word
from .session import Session
from .state import SessionState, StateError
from .suggest import LONGEST_HOLD_S, Suggestion, suggest
from .table import TRANSITIONS, Action, Signal, Transition

__all__ = [
    "LONGEST_HOLD_S",
    "MOST_W",
    "MOST_WH",
    "OFF_W",
    "TRANSITIONS",
    "Action",
    "Bin",
    "ConfigError",
    "EndReason",
    "Event",
    "Gone",
    "Heartbeat",
    "Level",
    "Phase",
    "Said",
    "Sample",
    "Session",
    "SessionConfig",
    "SessionEnded",
    "SessionStarted",
    "SessionState",
    "SessionVoided",
    "Signal",
    "StateChanged",
    "StateError",
    "Suggestion",
    "Transition",
    "Turns",
    "advance",
    "due_at",
    "manual_start",
    "manual_stop",
    "replay",
    "suggest",
    "tick",
    "timeout_for",
    "word",
]
