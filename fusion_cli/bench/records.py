"""Records made as the web client makes them."""

from __future__ import annotations

import time

from ..stack import Stack
from ..web import Client

UP_WITHIN_S = 60.0


class Records:
    """The web client's RPC on a stack, as its administrator."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._web = Client(stack.url)
        self._web.call(
            "/web/session/authenticate",
            {"db": stack.database, "login": stack.login, "password": stack.password},
        )

    def create(self, model: str, rows: list[dict[str, object]]) -> list[int]:
        """Create records; their ids."""
        found = self.call(model, "create", rows, context={"tracking_disable": True})
        assert isinstance(found, list)
        return found

    def call(self, model: str, method: str, *arguments: object, **keywords: object) -> object:
        """Call a method of a model."""
        parameters: dict[str, object] = {
            "model": model,
            "method": method,
            "args": list(arguments),
            "kwargs": keywords,
        }
        return self._web.call("/web/dataset/call_kw", parameters)

    def wait_for_connection(self, connection: int, state: str) -> None:
        """Wait until an MQTT connection is in a state."""
        statement = f"SELECT state FROM iot_runtime_worker WHERE kind = 'mqtt' AND res_id = {connection}"
        deadline = time.monotonic() + UP_WITHIN_S
        while self.stack.sql(statement) != [[state]]:
            if time.monotonic() > deadline:
                raise AssertionError(f"The connection was not {state} within {UP_WITHIN_S:.0f} s.")
            time.sleep(0.1)
