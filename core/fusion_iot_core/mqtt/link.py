"""One network connection to a broker, driven by the thread that owns it."""

from __future__ import annotations

import logging
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import cast

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from . import tls
from .backlog import Backlog
from .gate import Gate
from .inbound import Inbound
from .packets import PUBACK, PUBREC, Packets
from .spec import MqttSpec
from .trouble import BadSettings, Ended, NoConsent, Refused
from .wire import Wire

CONNECT_TIMEOUT_S = 10.0
BURST = 4_000
READ_S = 0.2
"""So long at most before what was received has its turn: a flood can go on for ever."""
PINGREQ = b"\xc0\x00"
_PINGRESP = 13
KEEPALIVE_OVER = 141
"""Reason code of MQTT 5.0 that paho, too, gives for a ping without an answer."""
_VERSIONS = {"3.1.1": MQTTProtocolVersion.MQTTv311, "5": MQTTProtocolVersion.MQTTv5}


class _Hearsay(logging.Logger):
    """Takes the place of paho's log, which alone is told why a connection ended.

    That the exception is among the values of a line is nothing that paho promises: see :class:`_Client`.
    """

    def __init__(self) -> None:
        super().__init__("paho")
        self.cause: OSError | None = None

    def log(self, level: int, msg: object, *args: object, **_options: object) -> None:
        """Note the exception that a line tells of."""
        if level > logging.DEBUG:
            self.cause = next((value for value in args if isinstance(value, OSError)), self.cause)


class _Client(Client):
    """A client whose socket is a :class:`Wire`.

    It uses four things that paho keeps to itself: ``_create_socket``, ``_last_bytes_received``, ``_send_pingreq`` and
    the values of its log lines. Hence the upper bound on its version; ``tests/unit/test_mqtt_paho.py`` fails where one
    of them changes.

    :ivar backlog: is told of the library's pings
    """

    backlog: Backlog

    def _send_pingreq(self) -> MQTTErrorCode:
        code = super()._send_pingreq()
        if code == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.backlog.ask()
        return code

    def _create_socket(self) -> Wire:
        return Wire(super()._create_socket())

    def socket(self) -> Wire | None:
        """The connection, while there is one."""
        return cast("Wire | None", super().socket())

    def heard(self) -> None:
        """Something was received that the library has not read: the broker is there, whatever it still has to answer.

        By its name up to version 2.1 and since then.
        """
        self._last_msg_in = self._last_bytes_received = time.monotonic()


class GivenUp(Exception):
    """Nobody wants the connection any more; the broker's answer was not waited for."""


class Link:
    """A connected MQTT client without a thread of its own: :meth:`pump` does the work.

    Acknowledging and reading happen in one thread, so that nothing has to be locked, and a commit that takes
    long only makes the broker wait. Methods raise ``OSError`` (also for TLS), :class:`Refused`,
    :class:`BadSettings` and :class:`GivenUp`.

    :param given_up: whether to stop waiting for the broker's answers; asked after every :meth:`wake`
    :param patience: seconds to wait for the network, for a handshake and for each of the broker's answers, at most
    :param number: the connection's, for what it receives
    :param gate: lets messages of QoS 0 in; ``None`` lets all in
    :ivar resumed: whether the broker still had our session
    :ivar behind: whether more has been received than was read
    :ivar published: what the broker said to messages of ours, since it was last emptied: reason code and words by the
        number of the message; 128 and above: it refused (MQTT 5.0, section 3.4.2.1)
    :ivar backlog: what can be told of messages that wait at the broker
    :ivar dialling: whether the thread waits for the network in a way that :meth:`wake` cannot end
    """

    def __init__(
        self,
        spec: MqttSpec,
        on_message: Callable[[Inbound], None],
        given_up: Callable[[], bool] = lambda: False,
        patience: float = CONNECT_TIMEOUT_S,
        number: int = 0,
        gate: Gate | None = None,
    ) -> None:
        self.spec = spec
        self._patience = patience
        self.dialling = False
        self._given_up = given_up
        self.resumed = self.behind = False
        self.backlog = Backlog()
        self._packets = Packets(spec.protocol_version == "5", number, gate, on_message, self.backlog)
        self._connack: int | None = None
        self._subacks: dict[int, list[int]] = {}
        self.published: dict[int, tuple[int, str]] = {}
        self._ended: tuple[int, str] | None = None
        self._silent = False
        self._hearsay = _Hearsay()
        self._client = self._make()
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_read.setblocking(False)
        self._wake_write.setblocking(False)

    def open(self) -> None:
        """Connect and wait for the broker's consent."""
        if self.spec.unreadable:
            raise BadSettings(self.spec.unreadable)
        until = time.monotonic() + self._patience
        self.dialling = True
        try:
            self._dial()
        except UnicodeError as exc:
            raise BadSettings(f"{self.spec.host} cannot be the name of a host. Check its spelling.") from exc
        finally:
            self.dialling = False
        try:
            while self._connack is None:
                self._wait(until, "no answer to the connection request")
        except TimeoutError as exc:
            raise NoConsent(silent=True) from exc
        if self._connack:
            raise Refused(*self._ended_as(self._connack))

    def subscribe(self, filters: Iterable[str], dispensable: frozenset[str] = frozenset()) -> None:
        """Subscribe at QoS 1 and wait for the broker's consent to each; to ``dispensable`` ones it may say no."""
        filters = list(filters)
        if not filters:
            return
        if self.spec.protocol_version == "5":
            options = SubscribeOptions(qos=1, retainHandling=1)
            result, mid = self._client.subscribe([(name, options) for name in filters])
        else:
            result, mid = self._client.subscribe([(name, 1) for name in filters])
        if mid is None:
            raise self._lost(result)
        until = time.monotonic() + self._patience
        while mid not in self._subacks:
            self._wait(until, "no answer to the subscription")
        refused = [name for name, code in zip(filters, self._subacks.pop(mid), strict=False) if code >= 128]
        refused = [name for name in refused if name not in dispensable]
        if refused:
            raise Refused(-1, f"it does not allow us to subscribe to {', '.join(refused)}")

    def publish(self, topic: str, payload: bytes, good_for: float) -> int:
        """Queue a message; the next :meth:`pump` sends it.

        It goes at QoS 1, and the broker is not to deliver it any more after ``good_for`` seconds (MQTT 5.0, section
        3.3.2.3.3). MQTT 3.1.1 has no such limit: there it goes at QoS 0, which no broker keeps for a device that is
        away, and that switches something hours later.

        :return: under which number :attr:`published` tells what the broker said to it
        """
        qos, properties = 0, None
        if self.spec.protocol_version == "5":
            qos, properties = 1, Properties(PacketTypes.PUBLISH)
            properties.MessageExpiryInterval = max(1, int(good_for))
        sent = self._client.publish(topic, payload, qos, properties=properties)
        self._check(sent.rc)
        return int(sent.mid)

    def ask(self) -> int:
        """Queue a ping; the next :meth:`pump` sends it, after what was published before.

        :return: its number, for :attr:`backlog`
        """
        # Not by the library: it would end a connection on which one of its own falls due meanwhile.
        self._check(self._hand_to_wire())
        if wire := self._client.socket():
            wire.send(PINGREQ)
            self.backlog.ask()
        return self.backlog.asked

    def unsubscribe(self, filters: Iterable[str]) -> None:
        """Give subscriptions up; the broker's answer is not waited for."""
        filters = list(filters)
        if filters:
            self._client.unsubscribe(filters)

    def pump(self, timeout: float, *, reading: bool = True) -> None:
        """Wait up to ``timeout`` seconds for the network, then read what is there and write what waits.

        :param reading: without it the broker's messages stay on its side for now
        """
        client = self._client
        wire = client.socket()
        if wire is None:
            raise self._lost()
        if reading and wire.readable:
            timeout = 0.0
        poller = select.poll()
        poller.register(self._wake_read, select.POLLIN)
        events = (select.POLLIN if reading else 0) | (select.POLLOUT if self._writing else 0)
        poller.register(wire, events)
        ready = dict(poller.poll(max(0.0, timeout) * 1000))
        if self._wake_read.fileno() in ready:
            self._drain_wake()
        told = ready.get(wire.fileno(), 0)
        if reading and (timeout == 0.0 or told & ~select.POLLOUT):
            self._read()
        elif told & (select.POLLHUP | select.POLLERR):
            raise self._lost()  # it would be told of without a pause until somebody reads again
        self._check(self._write())
        self._check(client.loop_misc())

    def acknowledge(self, mids: Iterable[int]) -> None:
        """Queue acknowledgements; the next :meth:`pump` sends them."""
        if wire := self._client.socket():
            twofold, mids = self._packets.twofold, list(mids)
            wire.send(
                b"".join((PUBREC if mid in twofold else PUBACK) + mid.to_bytes(2, "big") for mid in mids)
            )
            self.backlog.acknowledge(len(mids))

    def wake(self) -> None:
        """Make :meth:`pump` return early. May be called from any thread."""
        with suppress(OSError):
            self._wake_write.send(b".")

    def close(self) -> None:
        """Say goodbye, if the broker still listens, and close."""
        client = self._client
        with suppress(OSError):
            if client.socket() is not None:
                client.disconnect()
                until = time.monotonic() + 1.0
                while self._writing and time.monotonic() < until:
                    self._write()
                    time.sleep(0.001)
        if sock := client.socket():
            sock.close()
        self._wake_read.close()
        self._wake_write.close()

    def _dial(self) -> None:
        spec = self.spec
        if spec.protocol_version != "5":
            self._client.connect(spec.host, spec.port, spec.keepalive)
            return
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = 0 if spec.clean_session else spec.session_expiry
        properties.ReceiveMaximum = max(1, min(spec.inflight_window, 65_535))
        self._client.connect(
            *(spec.host, spec.port, spec.keepalive), clean_start=spec.clean_session, properties=properties
        )

    def _make(self) -> _Client:
        spec = self.spec
        version = _VERSIONS[spec.protocol_version]
        clean = None if version is MQTTProtocolVersion.MQTTv5 else spec.clean_session
        client = _Client(
            CallbackAPIVersion.VERSION2,
            client_id=spec.client_id,
            clean_session=clean,
            protocol=version,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.backlog = self.backlog
        client.connect_timeout = self._patience
        client.enable_logger(self._hearsay)
        client.suppress_exceptions = False
        if spec.username:
            client.username_pw_set(spec.username, spec.password or None)
        if spec.tls:
            client.tls_set_context(tls.context(spec))
            if spec.tls_insecure:
                client.tls_insecure_set(True)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_subscribe = self._on_subscribe
        client.on_publish = self._on_publish
        client.on_socket_register_write = _nothing  # pump() writes; paho must not write on its own
        return client

    def _read(self) -> None:
        """Take messages out of what was received, and have the library read the rest."""
        until = time.monotonic() + READ_S
        packets = self._packets
        most = packets.delivered + BURST
        while (wire := self._client.socket()) is not None:
            if length := packets.take(wire, most - packets.delivered):
                pong = wire.data[wire.start] >> 4 == _PINGRESP
                wire.grant(length)
                self._check(self._client.loop_read())
                if pong:
                    self.backlog.answer()
                if time.monotonic() >= until:
                    self.behind = True
                    return
            elif packets.delivered >= most or time.monotonic() >= until:
                self.behind = True
                return
            elif wire.fill():
                self._client.heard()
            else:
                if wire.ended:
                    self._check(self._client.loop_read())
                self.behind = False
                return

    @property
    def _writing(self) -> bool:
        wire = self._client.socket()
        return wire is not None and (self._client.want_write() or wire.unsent)

    def _write(self) -> MQTTErrorCode:
        code = self._hand_to_wire()
        if wire := self._client.socket():
            try:
                wire.flush()
            except OSError as exc:
                self._hearsay.cause = exc
                return MQTTErrorCode.MQTT_ERR_CONN_LOST
        return code

    def _hand_to_wire(self) -> MQTTErrorCode:
        return self._client.loop_write() if self._client.want_write() else MQTTErrorCode.MQTT_ERR_SUCCESS

    def _wait(self, until: float, complaint: str) -> None:
        left = until - time.monotonic()
        if self._given_up():
            raise GivenUp
        if left <= 0:
            raise TimeoutError(complaint)
        self.pump(min(left, 0.5))

    def _check(self, code: MQTTErrorCode) -> None:
        if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
            raise self._lost(code)

    def _lost(self, code: MQTTErrorCode = MQTTErrorCode.MQTT_ERR_CONN_LOST) -> Exception:
        if self._connack:
            return Refused(*self._ended_as(self._connack))
        if self._ended and self._ended[0] >= 128:
            return Refused(*self._ended)
        if self._silent:
            return Ended(f"the broker said nothing for {self.spec.keepalive} s although it was asked")
        if code == MQTTErrorCode.MQTT_ERR_PROTOCOL:
            return Ended("something came that is not MQTT")
        if isinstance(self._hearsay.cause, ssl.SSLError):
            return self._hearsay.cause
        if self._connack is None:
            return NoConsent(silent=False)
        # Not every broker says so, as MQTT 5 has it, and in MQTT 3.1.1 none can.
        return Ended(
            "the broker closed it; where that goes on, another client uses our client id, such as a copy of this "
            "database"
        )

    def _ended_as(self, code: int) -> tuple[int, str]:
        return self._ended if self._ended and self._ended[0] == code else (code, f"reason code {code}")

    def _drain_wake(self) -> None:
        with suppress(BlockingIOError):
            while self._wake_read.recv(1024):
                pass

    def _on_connect(
        self,
        _client: Client,
        _userdata: object,
        flags: ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self.resumed = self.backlog.catching_up = flags.session_present
        self._connack = reason.value
        self._ended = (reason.value, str(reason)) if reason.value else None

    def _on_disconnect(
        self,
        _client: Client,
        _userdata: object,
        flags: DisconnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if flags.is_disconnect_packet_from_server:
            self._ended = (reason.value, str(reason))
        else:
            self._silent = reason.value == KEEPALIVE_OVER

    def _on_subscribe(
        self,
        _client: Client,
        _userdata: object,
        mid: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        self._subacks[mid] = [reason.value for reason in reasons]

    def _on_publish(
        self, _client: object, _userdata: object, mid: int, reason: ReasonCode, _properties: object
    ) -> None:
        self.published[mid] = (reason.value, str(reason))


def _nothing(*_args: object) -> None:
    pass
