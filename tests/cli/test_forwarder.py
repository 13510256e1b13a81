"""The front door of a prefork server."""

import asyncio

import pytest

from fusion_cli import ports
from fusion_cli.server import forwarder
from tests.waiting import accepts, until


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"GET /websocket?version=1 HTTP/1.1\r\n", True),
        (b"GET /websocket HTTP/1.1\r\n", True),
        (b"POST /iot/box/send_websocket HTTP/1.1\r\n", True),
        (b"POST /iot/setup HTTP/1.1\r\n", False),
        (b"GET /websocket/health HTTP/1.1\r\n", False),
        (b"GET /web/login?redirect=/websocket HTTP/1.1\r\n", False),
        (b"nonsense\r\n", False),
        (b"", False),
    ],
)
def test_which_requests_are_for_the_process_of_the_websocket(line, expected):
    assert forwarder.wants_gevent(line) is expected


def test_both_directions_and_both_ports():
    async def scenario():
        def named(name):
            async def answer(reader, writer):
                line = await reader.readline()
                writer.write(name + b":" + line)
                while data := await reader.read(1000):
                    writer.write(data.upper())
                writer.close()

            return answer

        public, http, gevent = ports.free(3)
        servers = [
            await asyncio.start_server(named(b"http"), "127.0.0.1", http),
            await asyncio.start_server(named(b"gevent"), "127.0.0.1", gevent),
        ]
        door = asyncio.create_task(forwarder.serve("127.0.0.1", public, http, gevent))
        await asyncio.to_thread(until, lambda: accepts(public), 5, "the door is open")
        answers = []
        for path in (b"/web", b"/websocket"):
            reader, writer = await asyncio.open_connection("127.0.0.1", public)
            writer.write(b"GET " + path + b" HTTP/1.1\r\n" + b"x" * 200_000)
            writer.write_eof()
            answers.append(await reader.read(-1))
            writer.close()
        door.cancel()
        for server in servers:
            server.close()
        return answers

    web, websocket = asyncio.run(scenario())
    assert web == b"http:GET /web HTTP/1.1\r\n" + b"X" * 200_000
    assert websocket == b"gevent:GET /websocket HTTP/1.1\r\n" + b"X" * 200_000
