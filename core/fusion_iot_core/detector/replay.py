"""What the sessions would have been."""

from collections.abc import Iterable
from datetime import datetime

from .config import SessionConfig
from .events import SessionEnded
from .machine import advance, tick
from .sample import Message
from .session import Session
from .state import SessionState


def replay(config: SessionConfig, samples: Iterable[Message], until: datetime | None = None) -> list[Session]:
    """The sessions of messages in order of time, as if the machine had been watched with ``config``.

    :param until: how far it was watched after the last message; ``None`` for no further
    :returns: the sessions in order of time; the last one without an end if it is still running
    """
    state, events = advance(SessionState(), config, samples)
    if until is not None:
        state, late = tick(state, config, until)
        events += late
    sessions = [event.session for event in events if isinstance(event, SessionEnded)]
    return [*sessions, state.session] if state.session else sessions
