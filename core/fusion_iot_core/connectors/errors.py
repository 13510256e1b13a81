"""What can be wrong with a connection, by what helps."""

from __future__ import annotations

from enum import Enum


class LinkState(str, Enum):
    """How a connection is.

    ``AUTH_FAILED`` and ``CONFIG_ERROR`` are not retried until somebody edits the connection: retrying cannot help, and
    may lock an account. ``DEGRADED``: it answers, but some of its values are bad.
    """

    DISABLED = "disabled"
    CONNECTING = "connecting"
    OK = "ok"
    DEGRADED = "degraded"
    BACKOFF = "backoff"
    AUTH_FAILED = "auth_failed"
    CONFIG_ERROR = "config_error"

    @property
    def waits_for_an_edit(self) -> bool:
        """Whether retrying is pointless until the connection is edited."""
        return self in (LinkState.AUTH_FAILED, LinkState.CONFIG_ERROR)

    @property
    def status(self) -> str:
        """The same in the four words of the seed's ``connection_status``."""
        if self in (LinkState.OK, LinkState.DEGRADED):
            return "connected"
        if self is LinkState.CONNECTING:
            return "connecting"
        return "error" if self.waits_for_an_edit else "disconnected"


class ConnectorError(Exception):
    """A connection does not work. The message is a sentence for people that says what is wrong and what to do; it has
    no secret in it.

    :cvar state: how the connection is with it
    :ivar code: what the peer said, as it is called in its protocol: ``401``, ``BadUserAccessDenied``, ``exception 2``
    """

    state = LinkState.BACKOFF

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Unreachable(ConnectorError):
    """The address cannot be reached: unknown name, no route, connection refused, firewall, untrusted certificate."""


class TimedOut(ConnectorError):
    """The deadline passed before the peer had answered."""


class BadAnswer(ConnectorError):
    """The peer answers something that cannot be read, or an error of its own."""


class Busy(ConnectorError):
    """The peer wants to be asked less often.

    :ivar retry_after_s: not before that many seconds from now, as it said; ``None`` where it said nothing
    """

    def __init__(self, message: str, retry_after_s: float | None = None, code: str = "") -> None:
        super().__init__(message, code)
        self.retry_after_s = retry_after_s


class LoginRefused(ConnectorError):
    """The peer does not accept who we say we are."""

    state = LinkState.AUTH_FAILED


class Misconfigured(ConnectorError):
    """The configuration cannot work.

    :ivar path: of the key that is wrong: ``additional_config.tags[2].address``
    """

    state = LinkState.CONFIG_ERROR

    def __init__(self, message: str, path: str = "", code: str = "") -> None:
        super().__init__(f"{path}: {message}" if path else message, code)
        self.path = path


class NotInstalled(Misconfigured):
    """The library for the protocol is not there."""
