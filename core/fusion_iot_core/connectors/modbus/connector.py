"""Reads equipment over Modbus TCP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ConnectionException, ModbusException
from pymodbus.pdu import ModbusPDU

from ...protocol import Quality
from ..base import BaseIoTConnector, BrowseItem, Step, end, within
from ..config import Config
from ..endpoint import parse_endpoint
from ..errors import BadAnswer, ConnectorError, Misconfigured, TimedOut, Unreachable
from ..reach import reach, step
from ..reading import FIELDS, Reading, reading_of
from ..tags import Raw, TagValue, evaluate, raw_for
from .blocks import MOST_REGISTERS, Block, blocks
from .registers import Address, decode, encode, parse_address

SCHEMES = {"modbus": 502, "tcp": 502}
BLOCK, GAP = 120, 8
DEMOTED_S = 30.0
# What an exception means for the value, and whether the unit is there at all (V1.1b3, 7).
_EXCEPTIONS = {
    1: "it knows no such function: is the table right?",
    2: "there is no such address",
    3: "it does not take so many registers at once, or no such value",
    4: "it has failed",
    5: "it needs longer",
    6: "it is busy",
    8: "its memory is broken",
    10: "the gateway has no way to the unit",
    11: "the unit behind the gateway does not answer",
}
_ADDRESS, _VALUE, _NO_PATH, _NO_UNIT = 2, 3, 10, 11
_FOUR = (("big", "big"), ("big", "little"), ("little", "big"), ("little", "little"))
_T = TypeVar("_T")


class _Refused(Exception):
    """The unit has answered with an exception."""

    def __init__(self, code: int) -> None:
        super().__init__(f"Exception {code}: {_EXCEPTIONS.get(code, 'of the vendor')}.")
        self.code = code


class ModbusConnector(BaseIoTConnector):
    """``additional_config`` may have:

    - ``unit_id``: of tags that name none; 1 by default
    - ``max_block``: registers read at once, 120 by default; ``max_gap``: registers between two values that are read
      along, 8 by default
    - ``pause_ms``: between two requests
    - ``demotion``: for so many seconds a unit that does not answer is left out, 30 by default
    - ``timeout``, ``tags``

    A tag's address: ``unit_id``, ``table`` (``holding``, ``input``, ``coil``, ``discrete``), ``address`` (from 0, or a
    reference as text: ``"40001"``), ``type``, ``byte_order`` and ``word_order`` (``big`` by default), ``length`` of a
    string in registers, ``bit`` of a register.

    A unit that stays silent costs the others one timeout, and that once in ``demotion`` seconds: the values of the unit
    are bad meanwhile. What is written is never sent twice: a device may have done what it did not answer.
    """

    protocol = "modbus"
    can = frozenset({"browse", "write"})

    def __init__(self, equipment_id: str, config: Config) -> None:
        super().__init__(equipment_id, config)
        self._endpoint = parse_endpoint(config.endpoint, config.port, SCHEMES)
        self._unit = _whole(config, "unit_id", 1, 0, 255)
        self._most = _whole(config, "max_block", BLOCK, 1, MOST_REGISTERS)
        self._gap = _whole(config, "max_gap", GAP, 0, MOST_REGISTERS)
        self._pause_s = _whole(config, "pause_ms", 0, 0, 10_000) / 1000
        self._demoted_s = config.option("demotion", float, DEMOTED_S)
        known = {"unit_id", "max_block", "max_gap", "pause_ms", "demotion"}
        if unknown := sorted(config.options.keys() - known):
            raise Misconfigured(
                f"There is no such option; there are {', '.join(sorted(known))}.",
                f"additional_config.{unknown[0]}",
            )
        self._addresses = [
            parse_address(tag.address, self._unit, f"additional_config.tags[{number}]")
            for number, tag in enumerate(config.tags)
        ]
        self._alone: set[int] = set()
        self._demoted: dict[int, float] = {}
        self._client: AsyncModbusTcpClient | None = None
        self._closed = asyncio.Event()
        self._asked_at = 0.0

    async def read(self) -> list[TagValue]:
        if not self.config.tags:
            raise Misconfigured(
                "Modbus has no names: say in tags what is to be read.", "additional_config.tags"
            )
        values: dict[int, TagValue] = {}
        silent: dict[int, ConnectorError] = {}
        for block in blocks(self._addresses, self._most, self._gap, self._alone):
            if time.monotonic() < self._demoted.get(block.unit, 0.0):
                self._bad(values, block, "The unit did not answer; it is asked again soon.")
                continue
            try:
                values.update(await self._values(block))
            except TimedOut as exc:
                silent[block.unit] = exc
                self._demoted[block.unit] = time.monotonic() + self._demoted_s
                self._bad(values, block, str(exc))
        if silent and silent.keys() >= {address.unit for address in self._addresses}:
            self._demoted.clear()
            raise next(iter(silent.values()))
        return [values[number] for number in range(len(self.config.tags))]

    def _bad(self, values: dict[int, TagValue], block: Block, reason: str) -> None:
        for position in block.members:
            values[position] = evaluate(self.config.tags[position], None, Quality.BAD, reason=reason)

    async def _values(self, block: Block) -> dict[int, TagValue]:
        """The values of a block; where it is refused as a whole, those of each of its members by itself."""
        try:
            registers = await self._ask(lambda client: _read(client, block), f"unit {block.unit}")
        except _Refused as exc:
            if exc.code == _NO_UNIT:
                raise TimedOut(f"Unit {block.unit}: {exc}", f"exception {exc.code}") from None
            if len(block.members) > 1 and exc.code in (_ADDRESS, _VALUE):
                self._alone.update(block.members)
                found: dict[int, TagValue] = {}
                for single in blocks(self._addresses, self._most, 0, self._alone):
                    if single.members[0] in block.members:
                        found.update(await self._values(single))
                return found
            bad: dict[int, TagValue] = {}
            self._bad(bad, block, str(exc))
            return bad
        return {position: self._value(position, block, registers) for position in block.members}

    def _value(self, position: int, block: Block, registers: Sequence[int | bool]) -> TagValue:
        tag, address = self.config.tags[position], self._addresses[position]
        part = registers[address.start - block.start : address.end - block.start]
        raw: Raw = bool(part[0]) if address.is_bit else decode([int(each) for each in part], address)
        return evaluate(tag, raw, kind=str if address.type == "string" else FIELDS.get(tag.field, float))

    async def _try(self, steps: list[Step]) -> Reading:
        await reach(self._endpoint, self.config.timeout_s, steps)
        reading = await step(
            steps, "read", self.get_current_reading(), lambda found: f"{len(found.tags)} values"
        )
        if reading.tags and len(reading.bad) == len(reading.tags):
            steps[-1] = replace(steps[-1], ok=False, text=reading.bad[0].reason)
            raise BadAnswer(reading.bad[0].reason)
        return reading

    async def get_current_reading(self) -> Reading:
        return reading_of(await self.read())

    async def write(self, tag: str, value: Raw) -> TagValue:
        position = next((number for number, each in enumerate(self.config.tags) if each.name == tag), None)
        if position is None:
            raise Misconfigured(f"There is no tag {tag!r}.", "tag")
        address, known = self._addresses[position], self.config.tags[position]
        if address.table in ("input", "discrete") or (address.bit is not None):
            raise Misconfigured(f"{tag} is only read: write to a coil or to whole holding registers.", "tag")
        try:
            raw = _fit(raw_for(known, value), address)
            registers = [] if address.is_bit else encode(raw, address)
        except ValueError as exc:
            raise Misconfigured(f"{exc}.", "value") from None
        await self.close()  # an open connection may be a dead one, and what was written is not written again
        unit = f"unit {address.unit}"
        try:
            if address.is_bit:
                await self._asked(lambda client: _write_coil(client, address, bool(raw)), unit)
            else:
                await self._asked(lambda client: _write(client, address, registers), unit)
        except _Refused as exc:
            raise BadAnswer(f"{tag}: {exc}", f"exception {exc.code}") from None
        block = Block(address.unit, address.table, address.start, address.count, (position,))
        return (await self._values(block))[position]

    async def browse(self, node: str = "") -> list[BrowseItem]:
        """A value in each of the four orders of bytes and words, for a person to see which one is right.

        :param node: ``unit:table:address:type``, such as ``1:holding:100:float32``
        """
        parts = node.split(":")
        if len(parts) != 4 or not parts[0].isdigit() or not parts[2].isdigit():
            raise Misconfigured("unit:table:address:type is needed, such as 1:holding:100:float32.", "node")
        found: dict[str, Raw] = {
            "unit_id": int(parts[0]),
            "table": parts[1],
            "address": int(parts[2]),
            "type": parts[3],
        }
        plain = parse_address(found, self._unit, "node")
        block = Block(plain.unit, plain.table, plain.start, plain.count, (0,))
        try:
            registers = await self._ask(lambda client: _read(client, block), f"unit {plain.unit}")
        except _Refused as exc:
            raise BadAnswer(str(exc), f"exception {exc.code}") from None
        items = []
        for byte_order, word_order in _FOUR if not plain.is_bit else _FOUR[:1]:
            ordered = replace(plain, bytes_little=byte_order == "little", words_little=word_order == "little")
            value = bool(registers[0]) if plain.is_bit else decode([int(each) for each in registers], ordered)
            address: dict[str, Raw] = {**found, "byte_order": byte_order, "word_order": word_order}
            name = f"bytes {byte_order}, words {word_order}"
            items.append(BrowseItem(name, address, value=f"{value}", type=plain.type, access="read"))
        return items

    async def close(self) -> None:
        client, self._client = self._client, None
        if client:
            client.close()

    # Requests

    async def _ask(self, request: Callable[[AsyncModbusTcpClient], Awaitable[_T]], what: str) -> _T:
        """One request. A connection that the peer has closed since the last one is opened again."""
        was_open = self._client is not None
        try:
            return await self._asked(request, what)
        except Unreachable:
            await self.close()
            if not was_open:
                raise
        return await self._asked(request, what)

    async def _asked(self, request: Callable[[AsyncModbusTcpClient], Awaitable[_T]], what: str) -> _T:
        client = await self._connected()
        wait = self._asked_at + self._pause_s - time.monotonic()
        if self._pause_s and wait > 0:
            await asyncio.sleep(wait)
        try:
            # pymodbus waits for the timeout that it was given; ours is the one for all of it.
            return await within(self.config.timeout_s, self._unless_closed(request(client)), what)
        except ConnectionException:
            await self.close()
            raise Unreachable(f"{self._endpoint.authority} has closed the connection.") from None
        except TimedOut:
            await self.close()  # what comes too late must not meet the next question
            raise
        except (ModbusException, OSError) as exc:
            await self.close()
            raise BadAnswer(f"{self._endpoint.authority} answers what is no Modbus: {exc}.") from None
        finally:
            self._asked_at = time.monotonic()

    async def _unless_closed(self, request: Awaitable[_T]) -> _T:
        """The answer to a request. pymodbus would wait for one on a connection that the peer has closed, too."""
        asked, closed = asyncio.ensure_future(request), asyncio.ensure_future(self._closed.wait())
        try:
            await asyncio.wait({asked, closed}, return_when=asyncio.FIRST_COMPLETED)
            if not asked.done():
                raise ConnectionException("closed by the peer")
            return asked.result()
        finally:
            await end(asked)
            await end(closed)

    async def _connected(self) -> AsyncModbusTcpClient:
        if self._client is None:
            endpoint, closed = self._endpoint, asyncio.Event()
            client = AsyncModbusTcpClient(
                endpoint.host,
                port=endpoint.port,
                timeout=self.config.timeout_s * 2,
                retries=0,
                reconnect_delay=0,
                name=endpoint.authority,
                trace_connect=lambda is_open: None if is_open else closed.set(),
            )
            self._client, self._closed = client, closed
            is_open = await within(
                self.config.timeout_s, client.connect(), f"the connection to {endpoint.authority}"
            )
            if not is_open:
                await self.close()
                raise Unreachable(
                    f"Nothing accepts connections at {endpoint.authority}: check the port. A gateway may allow "
                    "only a few connections at a time."
                )
        return self._client


def _whole(config: Config, name: str, usual: int, low: int, high: int) -> int:
    value: int = config.option(name, int, usual)
    if not low <= value <= high:
        raise Misconfigured(f"A whole number from {low} to {high} is needed.", f"additional_config.{name}")
    return value


async def _read(client: AsyncModbusTcpClient, block: Block) -> Sequence[int | bool]:
    ask = {
        "holding": client.read_holding_registers,
        "input": client.read_input_registers,
        "coil": client.read_coils,
        "discrete": client.read_discrete_inputs,
    }[block.table]
    answer = _checked(await ask(block.start, count=block.count, device_id=block.unit))
    found: Sequence[int | bool] = answer.bits if block.table in ("coil", "discrete") else answer.registers
    if len(found) < block.count:
        raise ModbusException("fewer values than were asked for")
    return found[: block.count]


async def _write(client: AsyncModbusTcpClient, address: Address, registers: list[int]) -> None:
    if len(registers) == 1:
        _checked(await client.write_register(address.start, registers[0], device_id=address.unit))
    else:
        _checked(await client.write_registers(address.start, registers, device_id=address.unit))


async def _write_coil(client: AsyncModbusTcpClient, address: Address, value: bool) -> None:
    _checked(await client.write_coil(address.start, value, device_id=address.unit))


def _checked(answer: ModbusPDU) -> ModbusPDU:
    if answer.isError():
        raise _Refused(int(answer.exception_code))
    return answer


def _fit(raw: Raw, address: Address) -> float | str:
    """What is to be written, in what its registers or coil can say.

    :raise ValueError: where they cannot
    """
    if address.type == "string":
        if not isinstance(raw, str):
            raise ValueError("a text is needed")
        return raw
    if isinstance(raw, str) and raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    try:
        return float(raw)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise ValueError("a number is needed") from None
