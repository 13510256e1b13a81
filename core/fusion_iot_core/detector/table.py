"""The state machine as a table: what each phase does with each signal.

A pair that is not in the table changes nothing.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from .phases import Phase


class Signal(Enum):
    """What can happen to a machine."""

    OFF = "a message: power is below what keeps this phase"
    REST = "a message: power is on and below work"
    WORK = "a message: power is that of work"
    STEADY_REST = "power came and has stayed long enough; it is below work"
    STEADY_WORK = "power came and has stayed long enough; it is that of work"
    EXPIRED = "power went and has stayed away long enough"
    SILENT = "the meter has been silent for longer than its timeout"
    START = "a person starts a session"
    STOP = "a person ends the session"

    __hash__ = object.__hash__  # that of Enum is Python, and asked for at every step


class Action(Enum):
    """What a transition does besides changing the phase."""

    NOTHING = "nothing"
    BEGIN = "power came: account for it on trial"
    FORGET = "what was on trial never was"
    FORGET_BY_HAND = "the same, by a person"
    OPEN = "what was on trial is a session"
    OPEN_BY_HAND = "a session, whatever the power"
    FALL = "power went: what follows counts only if it comes back"
    RETURN = "power came back: on trial as well"
    FAIL = "it went again: that was part of the pause"
    RESUME = "the pause and what was on trial belong to the session"
    RESUME_BY_HAND = "the pause belongs to the session"
    END_FALLEN = "the session ended where power went"
    END_SILENT = "the session ended with the last message"
    END_BY_HAND = "the session ends now"


class Transition(NamedTuple):
    """:ivar to: the next phase"""

    to: Phase
    action: Action


TRANSITIONS: Mapping[tuple[Phase, Signal], Transition] = MappingProxyType(
    {
        (Phase.IDLE, Signal.REST): Transition(Phase.STARTING, Action.BEGIN),
        (Phase.IDLE, Signal.WORK): Transition(Phase.STARTING, Action.BEGIN),
        (Phase.IDLE, Signal.START): Transition(Phase.STANDBY, Action.OPEN_BY_HAND),
        (Phase.STARTING, Signal.OFF): Transition(Phase.IDLE, Action.FORGET),
        (Phase.STARTING, Signal.SILENT): Transition(Phase.IDLE, Action.FORGET),
        (Phase.STARTING, Signal.STOP): Transition(Phase.IDLE, Action.FORGET_BY_HAND),
        (Phase.STARTING, Signal.STEADY_REST): Transition(Phase.STANDBY, Action.OPEN),
        (Phase.STARTING, Signal.STEADY_WORK): Transition(Phase.WORKING, Action.OPEN),
        (Phase.STANDBY, Signal.WORK): Transition(Phase.WORKING, Action.NOTHING),
        (Phase.STANDBY, Signal.OFF): Transition(Phase.STOPPING, Action.FALL),
        (Phase.STANDBY, Signal.SILENT): Transition(Phase.IDLE, Action.END_SILENT),
        (Phase.STANDBY, Signal.STOP): Transition(Phase.IDLE, Action.END_BY_HAND),
        (Phase.WORKING, Signal.REST): Transition(Phase.STANDBY, Action.NOTHING),
        (Phase.WORKING, Signal.OFF): Transition(Phase.STOPPING, Action.FALL),
        (Phase.WORKING, Signal.SILENT): Transition(Phase.IDLE, Action.END_SILENT),
        (Phase.WORKING, Signal.STOP): Transition(Phase.IDLE, Action.END_BY_HAND),
        (Phase.STOPPING, Signal.REST): Transition(Phase.STOPPING, Action.RETURN),
        (Phase.STOPPING, Signal.WORK): Transition(Phase.STOPPING, Action.RETURN),
        (Phase.STOPPING, Signal.OFF): Transition(Phase.STOPPING, Action.FAIL),
        (Phase.STOPPING, Signal.STEADY_REST): Transition(Phase.STANDBY, Action.RESUME),
        (Phase.STOPPING, Signal.STEADY_WORK): Transition(Phase.WORKING, Action.RESUME),
        (Phase.STOPPING, Signal.EXPIRED): Transition(Phase.IDLE, Action.END_FALLEN),
        (Phase.STOPPING, Signal.SILENT): Transition(Phase.IDLE, Action.END_FALLEN),
        (Phase.STOPPING, Signal.START): Transition(Phase.STANDBY, Action.RESUME_BY_HAND),
        (Phase.STOPPING, Signal.STOP): Transition(Phase.IDLE, Action.END_BY_HAND),
    }
)
