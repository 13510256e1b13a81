"""The session engine, for the supervisor."""

from __future__ import annotations

from collections.abc import Mapping


class SessionKind:
    """One engine for the database, as soon as a machine has sessions."""

    name = "sessions"

    def wanted(self, env) -> Mapping[int, tuple[int, object]]:
        """The engine, where there is work for it."""
        return {}

    def worker(self, spec, tenure):
        """The engine, not started yet."""
        raise NotImplementedError
