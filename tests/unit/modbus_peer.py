"""A Modbus TCP server of its own make, which does what a test wants."""

import asyncio
import struct
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


class Answer(Exception):
    """The exception that a unit answers with."""

    def __init__(self, code):
        super().__init__(code)
        self.code = code


@dataclass
class Unit:
    """Registers by address; what is not there does not exist. Coils and discrete inputs likewise.

    :ivar fault: ``None``, or what happens instead of an answer: ``silent``, ``junk``, ``close``, ``foreign`` (first the
        answer to another question), ``unit`` (first that of another unit), an exception's number, or seconds to wait
    :ivar most: registers in one request
    """

    holding: dict = field(default_factory=dict)
    input: dict = field(default_factory=dict)
    coil: dict = field(default_factory=dict)
    discrete: dict = field(default_factory=dict)
    fault: object = None
    most: int = 125
    clamp: int | None = None


@dataclass
class ModbusPeer:
    """:ivar asked: ``(unit, function, start, count)`` of all requests"""

    units: dict
    asked: list = field(default_factory=list)
    port: int = 0
    open: int = 0
    _writers: set = field(default_factory=set)

    @asynccontextmanager
    async def running(self, port=0):
        server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            self.drop()

    def drop(self):
        """Close all connections."""
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader, writer):
        self.open += 1
        self._writers.add(writer)
        try:
            while True:
                number, _protocol, length, unit = struct.unpack(">HHHB", await reader.readexactly(7))
                request = await reader.readexactly(length - 1)
                await self._answer(writer, number, unit, request)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.open -= 1
            self._writers.discard(writer)
            writer.close()

    async def _answer(self, writer, number, unit_id, request):
        function, start, count = struct.unpack(">BHH", request[:5])
        self.asked.append((unit_id, function, start, count))
        unit = self.units.get(unit_id)
        fault = unit.fault if unit else "silent"
        if fault == "silent":
            return
        if fault == "close":
            raise ConnectionError
        if fault == "junk":
            writer.write(b"\x00\x01garbage")
            return
        if isinstance(fault, float):
            await asyncio.sleep(fault)
        if fault == "foreign":
            writer.write(_frame(number + 7, unit_id, bytes([function, 2, 0xDE, 0xAD])))
        if fault == "unit":
            writer.write(_frame(number, unit_id + 1, bytes([function, 2, 0xDE, 0xAD])))
        try:
            body = self._done(unit, function, start, count, request)
        except Answer as exc:
            body = bytes([function | 0x80, exc.code])
        writer.write(_frame(number, unit_id, body))

    def _done(self, unit, function, start, count, request):
        if isinstance(unit.fault, int):
            raise Answer(unit.fault)
        if function in (1, 2):
            bits = [_of((unit.coil, unit.discrete)[function - 1], start + each) for each in range(count)]
            packed = bytearray((count + 7) // 8)
            for at, bit in enumerate(bits):
                packed[at // 8] |= bool(bit) << at % 8
            return bytes([function, len(packed)]) + bytes(packed)
        if function in (3, 4):
            if count > unit.most:
                raise Answer(3)
            table = (unit.holding, unit.input)[function - 3]
            registers = [_of(table, start + each) for each in range(count)]
            return bytes([function, 2 * count]) + struct.pack(f">{count}H", *registers)
        if function == 5:
            unit.coil[start] = count == 0xFF00
        elif function == 6:
            unit.holding[start] = count if unit.clamp is None else min(count, unit.clamp)
        elif function == 16:
            for at, value in enumerate(struct.unpack(f">{count}H", request[6 : 6 + 2 * count])):
                unit.holding[start + at] = value
        else:
            raise Answer(1)
        return request[:5]


def _of(table, address):
    if address not in table:
        raise Answer(2)
    return table[address]


def _frame(number, unit, body):
    return struct.pack(">HHHB", number & 0xFFFF, 0, len(body) + 1, unit) + body
