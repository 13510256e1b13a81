"""An OPC UA server that freezes, dies, forgets, or is none."""

import asyncio
import os
import random

import pytest
from asyncua import ua
from asyncua.common.connection import SecureConnection, TransportLimits
from asyncua.crypto.security_policies import SecurityPolicyNone
from asyncua.server.internal_session import InternalSession
from asyncua.ua.ua_binary import struct_to_binary, uatcp_to_binary

from fusion_iot_core.connectors import (
    BadAnswer,
    Busy,
    ConnectorError,
    LoginRefused,
    TimedOut,
    Unreachable,
)
from fusion_iot_core.connectors.opc_ua.line import MOST_BYTES
from tests.unit.opc_ua_cases import HASTY, PATIENT, connector, error, run, tags
from tests.unit.opc_ua_peer import OpcUaPeer
from tests.unit.tcp_relay import Relay
from tests.waiting import within


def refusal(status):
    """What says no to a secure channel."""
    fault = ua.ServiceFault(ResponseHeader=ua.ResponseHeader(ServiceResult=ua.StatusCode(status)))
    connection = SecureConnection(SecurityPolicyNone(), TransportLimits())
    return connection.message_to_binary(struct_to_binary(fault), ua.MessageType.SecureOpen, request_id=1)


ACKNOWLEDGED = uatcp_to_binary(ua.MessageType.Acknowledge, ua.Acknowledge(0, 65535, 65535, 0, 0))


class TestFaults:
    def through_a_relay(self, use, **options):
        async def play():
            peer = OpcUaPeer()
            async with peer.running():
                relay = Relay(peer.port)
                async with relay.running():
                    made = connector(f"opc.tcp://127.0.0.1:{relay.port}", **options)
                    try:
                        return await use(made, relay, peer)
                    finally:
                        await made.close()

        return asyncio.run(play())

    def test_a_frozen_server(self):
        """The deadline holds, and the next poll after it is thawed succeeds."""

        async def use(made, relay, _peer):
            await made.read()
            made._session._line.client.uaclient.protocol.timeout = HASTY
            relay.freeze()
            with within(HASTY + 2, "a read of a frozen server"), pytest.raises(TimedOut):
                await made.read()
            relay.thaw()
            return await made.read()

        assert self.through_a_relay(use)[0].value == 180.1

    def test_it_freezes_before_it_says_a_word(self):
        async def use(made, relay, _peer):
            relay.freeze()
            with within(3 * HASTY + 2, "a login to a frozen server"), pytest.raises(TimedOut):
                await made.read()
            with within(2, "closing"):
                await made.close()

        self.through_a_relay(use, timeout=HASTY)

    def test_closing_while_it_is_frozen(self):
        async def use(made, relay, peer):
            await made.read()
            relay.freeze()
            with within(2, "closing"):
                await made.close()
            await made.close()
            return left_over()

        assert self.through_a_relay(use) == []

    def test_cancelled_in_the_middle(self):
        async def use(made, relay, _peer):
            await made.read()
            relay.freeze()
            reading = asyncio.create_task(made.read())
            await asked(made)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await reading
            await made.close()
            relay.thaw()
            while relay.open:
                await asyncio.sleep(0.01)
            return await made.read()

        assert self.through_a_relay(use)[0].value == 180.1

    def test_a_connection_that_is_cut(self):
        """Between two polls nobody notices; in one it fails, and the next one connects."""

        async def use(made, relay, _peer):
            await made.read()
            relay.hang_up()
            while made._session.usable:
                await asyncio.sleep(0.01)
            between = await made.read()
            relay.freeze()
            reading = asyncio.create_task(made.read())
            await asked(made)
            relay.hang_up()
            with pytest.raises(Unreachable, match="closed the connection"):
                await reading
            relay.thaw()
            return between, await made.read()

        between, after = self.through_a_relay(use)
        assert between[0].value == after[0].value == 180.1

    def test_killed_and_started_again(self):
        async def use(made, peer):
            await made.read()
            await peer.stop()
            while made._session.usable:
                await asyncio.sleep(0.01)
            with pytest.raises(Unreachable, match="Nothing accepts connections"):
                await made.read()
            await peer.start()
            return await made.read()

        assert run(use)[0].value == 180.1

    def test_a_session_that_the_server_has_forgotten(self):
        async def use(made, peer):
            await made.read()
            first = made._session
            peer.fail_next(ua.StatusCodes.BadSessionIdInvalid)
            values = await made.read()
            return values, first is made._session, peer.sessions

        values, same, sessions = run(use)
        assert (values[0].value, same, sessions) == (180.1, False, 1)

    def test_another_error_of_the_server_is_told(self):
        async def use(made, peer):
            await made.read()
            peer.fail_next(ua.StatusCodes.BadInternalError)
            with pytest.raises(BadAnswer, match="BadInternalError"):
                await made.read()
            return await made.read()

        assert run(use)[0].value == 180.1

    def test_what_the_server_said_before_is_no_reason_for_what_comes_later(self):
        async def use(made, relay, peer):
            await made.read()
            peer.fail_next(ua.StatusCodes.BadNothingToDo)
            with pytest.raises(BadAnswer, match="BadNothingToDo"):
                await made.read()
            relay.freeze()
            reading = asyncio.create_task(made.read())
            await asked(made)
            relay.hang_up()
            with pytest.raises(Unreachable):
                await reading

        self.through_a_relay(use)

    def test_the_server_keeps_a_session_for_half_a_minute(self):
        async def use(made, peer):
            await made.read()
            return [each.session_timeout for each in peer.inner._external_sessions.values()], left_over()

        assert run(use, timeout=5) == ([30.0], [])
        assert run(use, timeout=20) == ([60.0], [])

    def test_one_that_was_not_used_for_long(self):
        async def use(made, peer):
            await made.read()
            first = made._session
            first._used -= 29
            await made.read()
            return first is made._session, peer.sessions

        assert run(use, timeout=5) == (False, 1)

    def test_the_channel_is_renewed_by_the_requests(self):
        async def use(made, _peer):
            await made.read()
            session = made._session
            token = session._line.client.uaclient.protocol._connection.security_token.TokenId
            session._channel_opened -= session._line.client.secure_channel_timeout / 1000 * 0.8
            values = await made.read()
            connection = session._line.client.uaclient.protocol._connection
            return values, made._session is session, connection.security_token.TokenId - token

        values, same, renewed = run(use)
        assert (values[0].value, same, renewed) == (180.1, True, 1)

    def test_a_channel_that_is_too_old_to_be_renewed(self):
        async def use(made, peer):
            await made.read()
            first = made._session
            first._channel_opened -= first._line.client.secure_channel_timeout / 1000 + 1
            values = await made.read()
            return values[0].value, made._session is first, peer.sessions

        assert run(use) == (180.1, False, 1)

    def test_closing_where_nothing_can_be_sent_any_more(self):
        """What waits to be sent to a frozen server does not keep the socket."""

        async def use(made, relay, _peer):
            await made.read()
            relay.freeze()
            protocol = made._session._line.client.uaclient.protocol
            transport = protocol.transport
            while transport.get_write_buffer_size() < MOST_BYTES:
                transport.write(b"\0" * MOST_BYTES)
            with within(2, "closing"):
                await made.close()
            return transport.get_write_buffer_size(), protocol.is_closed, left_over()

        assert self.through_a_relay(use) == (0, True, [])

    def test_a_hundred_connections_leave_nothing(self):
        async def use(_made, peer):
            async def once():
                made = connector(peer.url)
                await made.read()
                await made.close()

            def left():
                return len(os.listdir("/proc/self/fd")), peer.sessions, left_over()

            await once()
            before = left()
            for _ in range(100):
                await once()
            while left() != before:
                await asyncio.sleep(0.01)
            return before

        assert run(use)[1:] == (0, [])

    @pytest.mark.parametrize(
        ("said", "kind", "text"),
        [
            (b"HTTP/1.1 400 Bad Request\r\n\r\n", BadAnswer, "does not speak OPC UA"),
            (b"\x00" * 64, BadAnswer, "does not speak OPC UA"),
            (b"ACKF" + (28).to_bytes(4, "little") + b"\xff" * 20 + b"junk" * 10, TimedOut, "No answer"),
            (b"ACKF" + (28).to_bytes(4, "little") + b"\x00", TimedOut, "No answer"),
            (b"ACKF\x02\x00\x00\x00", BadAnswer, "cannot be read"),
            ((ACKNOWLEDGED, refusal(ua.StatusCodes.BadTcpServerTooBusy)), Busy, "BadTcpServerTooBusy"),
            ((ACKNOWLEDGED, refusal(ua.StatusCodes.BadUserAccessDenied)), BadAnswer, "BadUserAccessDenied"),
            ((ACKNOWLEDGED, refusal(ua.StatusCodes.BadSecurityChecksFailed)), LoginRefused, "refuses us"),
            (b"", TimedOut, "No answer"),
            (None, Unreachable, "without an answer"),
        ],
    )
    def test_not_an_opc_ua_server(self, said, kind, text):
        async def play():
            async def serve(reader, writer):
                for part in said if isinstance(said, tuple) else (said,):
                    await reader.read(65536)
                    if part is not None:
                        writer.write(part)
                if part is not None:
                    await reader.read()
                writer.close()

            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            timeout = HASTY if kind is TimedOut else PATIENT
            made = connector(f"opc.tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}", timeout=timeout)
            try:
                with pytest.raises(kind, match=text):
                    await made.read()
            finally:
                await made.close()
                server.close()

        asyncio.run(play())

    def test_what_is_garbled_on_the_way(self):
        """Whatever comes: an error with words, or values; and the next poll is as if nothing had been."""
        dice = random.Random(5)

        def garbled(data):
            data = bytearray(data)
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
            return bytes(data)

        async def use(made, relay, peer):
            peer.limit_reads(7)
            outcomes = set()
            for _ in range(60):
                relay.garble = garbled if dice.random() < 0.7 else bytes
                try:
                    await made.read()
                    outcomes.add("values")
                except TimedOut:
                    outcomes.add("late")
                except ConnectorError as exc:
                    outcomes.add("words" if len(str(exc)) > 20 else str(exc))
                if dice.random() < 0.3:
                    await made.close()
            relay.garble = bytes
            await made.close()
            return outcomes, left_over()

        outcomes, left = self.through_a_relay(use, timeout=HASTY, tags=tags("Temperature", "Zones", "Recipe"))
        assert {"values", "words"} <= outcomes <= {"values", "words", "late"}
        assert left == []

    def test_an_answer_without_an_end(self):
        """A message of four gigabytes is announced, and comes."""
        sent = 0

        async def play():
            async def serve(reader, writer):
                nonlocal sent
                await reader.read(8)
                writer.write(b"ACKF" + (0xFFFFFFF0).to_bytes(4, "little"))
                try:
                    while True:
                        writer.write(b"\x00" * 262144)
                        await writer.drain()
                        sent += 262144
                except ConnectionError:
                    pass

            server = await asyncio.start_server(serve, "127.0.0.1", 0)
            made = connector(f"opc.tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            try:
                with pytest.raises(BadAnswer, match="larger than 16 MiB"):
                    await made.read()
            finally:
                await made.close()
                server.close()

        asyncio.run(play())
        assert sent < 3 * MOST_BYTES

    def test_no_place_for_one_more(self, monkeypatch):
        monkeypatch.setattr(InternalSession, "max_connections", InternalSession._current_connections)
        assert error(Busy).code == "BadMaxConnectionsReached"


def left_over():
    """The tasks that neither the server nor the test has."""
    return [
        each
        for each in map(repr, asyncio.all_tasks())
        if "asyncua/server" not in each and "/tests/" not in each
    ]


async def asked(made):
    """A request of it is on its way."""
    while not made._session._line.client.uaclient.protocol._callbackmap:
        await asyncio.sleep(0.01)
