"""How the tests of the session detector write down what a meter says and what a person sees in it."""

import json
from datetime import datetime, timedelta, timezone

from fusion_iot_core.detector import (
    Sample,
    SessionConfig,
    SessionEnded,
    SessionStarted,
    SessionState,
    StateChanged,
    advance,
    replay,
    tick,
    timeout_for,
)

START = datetime(2026, 3, 2, tzinfo=timezone.utc)
CONFIG = SessionConfig(standby_threshold_w=20, working_threshold_w=100)
SLOW = SessionConfig(message_timeout_s=750)
ON_CHANGE = SessionConfig(message_timeout_s=timeout_for(0))
HOUR = 3600


def at(seconds):
    return START + timedelta(seconds=seconds)


def seconds(moment):
    return (moment - START).total_seconds()


def samples(*said):
    """``(seconds, W)`` or ``(seconds, W, Wh of the counter)``."""
    return [Sample(at(when), *rest) for when, *rest in said]


def stored(state):
    """The state as it comes back from a database."""
    return SessionState.from_dict(json.loads(json.dumps(state.to_dict())))


class Watch:
    """A machine that is being watched: its state, and all that has happened."""

    def __init__(self, config=CONFIG):
        self.config = config
        self.state = SessionState()
        self.events = []

    def says(self, *said):
        return self._do(advance, samples(*said))

    def waits(self, until):
        return self._do(tick, at(until))

    def does(self, what, when):
        return self._do(what, at(when))

    def _do(self, what, argument):
        self.state, events = what(self.state, self.config, argument)
        self.events += events
        return events

    @property
    def phases(self):
        """``(seconds, phase)`` of every change."""
        return [
            (seconds(event.at), event.after.value) for event in self.events if isinstance(event, StateChanged)
        ]

    @property
    def started(self):
        return [event for event in self.events if isinstance(event, SessionStarted)]

    @property
    def sessions(self):
        return [event.session for event in self.events if isinstance(event, SessionEnded)]

    @property
    def drawn(self):
        """``(start, end, end reason)`` of the sessions that ended."""
        return drawn(self.sessions)


def drawn(sessions):
    return [
        (seconds(session.start_at), seconds(session.end_at), session.end_reason.value) for session in sessions
    ]


def only(*said, config=SLOW, until=100 * HOUR):
    """The one session that there is."""
    (session,) = replay(config, samples(*said), at(until))
    return session
