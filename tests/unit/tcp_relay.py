"""Something between two programs that stops passing on what they say, or hangs up."""

import asyncio
from contextlib import asynccontextmanager, suppress


class Relay:
    """Passes on what comes, as long as it is not :attr:`frozen`.

    :ivar open: how many connections go through it now
    :ivar garble: what becomes of the bytes that the target sends
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.open = 0
        self.garble = bytes
        self._passing = asyncio.Event()
        self._passing.set()
        self._writers = set()
        self._tasks = set()

    @asynccontextmanager
    async def running(self):
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.hang_up()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def freeze(self):
        """Take everything, and pass on nothing: what a stopped process or a cut cable looks like."""
        self._passing.clear()

    def thaw(self):
        self._passing.set()

    def hang_up(self):
        """Reset all connections."""
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader, writer):
        task = asyncio.current_task()
        self._tasks.add(task)
        self.open += 1
        there, back = await asyncio.open_connection("127.0.0.1", self.target)
        self._writers |= {writer, back}
        back_again = self._pass(there, writer, lambda data: self.garble(data))
        try:
            await asyncio.gather(self._pass(reader, back, bytes), back_again)
        except asyncio.CancelledError:  # the streams of Python 3.11 would log it
            pass
        finally:
            self.open -= 1
            self._writers -= {writer, back}
            self._tasks.discard(task)
            writer.close()
            back.close()

    async def _pass(self, reader, writer, change):
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                await self._passing.wait()
                writer.write(change(data))
                await writer.drain()
        writer.close()
