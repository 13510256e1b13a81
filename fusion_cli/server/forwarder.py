"""Forwards one port to two: `python -m fusion_cli.server.forwarder ADDRESS PORT HTTP_PORT GEVENT_PORT`.

A connection whose first request is for the websocket, or an answer of a box to what it heard there, goes to Odoo's
gevent port, any other to its HTTP port.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

LIMIT = 65536
"""Bytes of a request line, and of a piece that is passed on."""


# An HTTP worker that waits for a box must not keep its answer out.
_GEVENT = (b"/websocket", b"/iot/box/send_websocket")


def wants_gevent(request_line: bytes) -> bool:
    """Whether a request line is for the process that has the websocket."""
    parts = request_line.split(b" ")
    return len(parts) >= 2 and parts[1].split(b"?")[0] in _GEVENT


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(LIMIT):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()


async def serve(address: str, port: int, http_port: int, gevent_port: int) -> None:
    """Forward connections for ever."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError):
            line = await reader.readline()
            inner = gevent_port if wants_gevent(line) else http_port
            above, below = await asyncio.open_connection("127.0.0.1", inner)
            below.write(line)
            await asyncio.gather(_copy(reader, below), _copy(above, writer))
            below.close()
        writer.close()

    server = await asyncio.start_server(handle, address, port, limit=LIMIT, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], *(int(argument) for argument in sys.argv[2:5])))
