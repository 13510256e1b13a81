"""What people and devices of a shop do with a running suite, by its public ways in, before it is upgraded."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

from paho.mqtt.client import Client, MQTTMessageInfo
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.certificates import Authority
from tests.e2e import mqtt_relays
from tests.e2e.client import Ingest, Rpc
from tests.waiting import until

PASSWORD = "Grüße vom Band; 4711"
OTHER_PASSWORD = "die zweite Halle"
BOT_TOKEN = "4711:Ein-Kanal-für-die-Schicht"
OVERDUE_SINCE = "2026-01-15"
HOT, RIGHT = 95.0, 80.0
IDLE_W, WORK_W = 0.5, 400.0


class ShopDay:
    """One day.

    :param rpc: of an administrator
    :param connection: id of a connection to the broker at `mqtt_port`, which is up
    :param folder: for certificates
    :param number: of the day, if there were others in this database
    :ivar machine: identifier of a device whose session is running at its end
    :ivar serial: of a probe whose tank has an open hold then
    :ivar secrets: those that were entered
    """

    def __init__(
        self, rpc: Rpc, ingest: Ingest, connection: int, mqtt_port: int, folder: Path, number: int = 1
    ) -> None:
        self.number = number
        self.machine = f"upgrade-lathe-{number}"
        self.serial = f"28-0000facade{number:02x}"
        self._stranger = f"28-0000decade{number:02x}"
        self._tank_code = f"U{number:02d}"
        self.rpc, self.ingest, self.connection = rpc, ingest, connection
        self.secrets = [PASSWORD, OTHER_PASSWORD, BOT_TOKEN]
        self._port, self._folder = mqtt_port, folder

    def play(self) -> None:
        """All of it; returns when the server has made of it what it does."""
        self._tank()
        self._connections()
        with_session = self._machine()
        self._power(with_session)
        running = [["device_id", "=", with_session], ["status", "=", "running"]]
        until(lambda: self.rpc.search_read("mqtt.session", running, ["id"]), 30, "a session is running")
        self.rpc.call("iot.device", "message_post", [with_session], body="The belt was changed.")
        self._credential()
        self._command(with_session)
        self._alert()

    def _tank(self) -> None:
        rpc = self.rpc
        tank = rpc.create("fusion.plating.tank", {"code": self._tank_code, "name": "Of the shop's own"})
        bath = rpc.create("fusion.plating.bath", {"tank_id": tank, "chemistry": "Nickel sulphate"})
        limits = {"bath_id": bath, "quantity": "temperature", "target_min": 70.0, "target_max": 92.0}
        parameter = rpc.create("fusion.plating.bath.parameter", limits)
        rpc.call("fusion.plating.bath", "action_put_in_use", [bath])
        values = {"name": "Second probe", "device_serial": self.serial, "device_kind": "ds18b20"}
        sensor = rpc.create("fp.tank.sensor", {**values, "tank_id": tank, "parameter_id": parameter})
        now = datetime.now(timezone.utc)
        self._post(
            *((self.serial, RIGHT + index / 10, now - timedelta(minutes=50 - index)) for index in range(30))
        )
        change = {"target_max": 90.0, "limit_reason": "The customer wants it, order 4711"}
        rpc.call("fusion.plating.bath.parameter", "write", [parameter], change)
        rpc.create("fp.tank.reading", {"sensor_id": sensor, "value": RIGHT})
        self._post(*((self.serial, HOT, now - timedelta(minutes=5 - index)) for index in range(3)))
        self._post((self._stranger, 21.5, now), status=404)
        (hold,) = rpc.search_read("fusion.plating.quality.hold", [["sensor_id", "=", sensor]], ["state"])
        assert hold["state"] == "open"
        rpc.call("fusion.plating.quality.hold", "message_post", [hold["id"]], body="Who has seen the rack?")

    def _connections(self) -> None:
        login = {"username": "odoo", "password": PASSWORD}
        self.rpc.call("mqtt.connection", "write", [self.connection], login)
        client = Authority(self._folder).issue("client")
        key = client.key.read_text()
        self.secrets += [line for line in key.splitlines() if "-----" not in line]
        other = {
            "name": "The other hall",
            "host": "hall.invalid",
            "port": 8883,
            "tls": True,
            "username": "hall",
            "password": OTHER_PASSWORD,
            "client_certificate": client.certificate.read_text(),
            "client_key": key,
        }
        self.rpc.create("mqtt.connection", other)

    def _machine(self) -> int:
        device = {
            "name": "Lathe",
            "device_id": self.machine,
            "connection_id": self.connection,
            "topic_pattern": f"{self.machine}/#",
            "parser_type": "shelly_gen2",
            "expected_interval": 60,
            "session_strategy": "power_threshold",
            "standby_threshold_w": 20.0,
            "working_threshold_w": 100.0,
            # Until the upgraded server is up, nobody is told anything.
            "message_timeout_s": 7200.0,
        }
        made = self.rpc.create("mqtt.device", device)
        (row,) = self.rpc.search_read("mqtt.device", [["id", "=", made]], ["iot_device_id"])
        return int(row["iot_device_id"][0])

    def _power(self, device: int) -> None:
        """A session that is over, and one that goes on."""
        start = datetime.now(timezone.utc) - timedelta(minutes=60)
        parts = ((10, 50.0), (60, WORK_W), (60, IDLE_W), (20, 50.0), (80, WORK_W))
        with Relay(self._port, self.machine) as relay:
            until(lambda: self._hears(relay, device), 20, f"the server listens to {self.machine}", every=0.2)
            at = start
            for count, watts in parts:
                for _sample in range(count):
                    relay.says(at, watts)
                    at += timedelta(seconds=10)

    def _hears(self, relay: Relay, device: int) -> bool:
        relay.is_online()
        (row,) = self.rpc.search_read("iot.device", [["id", "=", device]], ["presence"])
        return bool(row["presence"] == "online")

    def _credential(self) -> None:
        """A gateway has a token of its own, and has once sent what it may not."""
        values = {"name": f"Gateway {self.number}", "serials": f"{self.serial}\n28-0000facade*"}
        credential = self.rpc.create("iot.credential", values)
        dialog = self.rpc.create("iot.credential.rotate", {"credential_id": credential})
        token = self.rpc.call("iot.credential.rotate", "action_issue", [dialog])["params"]["token"]
        self.secrets.append(token)
        gateway, now = Ingest(self.ingest.url, token), datetime.now(timezone.utc)
        self._post((self.serial, HOT, now - timedelta(seconds=30)), by=gateway)
        self._post((self._stranger, 21.5, now), by=gateway, status=403)

    def _command(self, device: int) -> None:
        """One that was done, and one that nobody answers."""
        self.rpc.create("iot.device.switch", {"device_id": device, "name": "Main contactor"})
        relay = mqtt_relays.Relay(self._port, self.machine, mqtt_relays.shelly_gen2, f"{self.machine}/rpc")
        with relay:
            for seconds, state in ((15.0, "done"), (1.0, "expired")):
                relay.silent = state == "expired"
                said = ("switch", {"relay": "", "on": True}, seconds)
                command = self.rpc.call("iot.device", "send_action", [device], *said)
                domain = [["id", "=", command], ["state", "=", state]]
                until(partial(self.rpc.search_read, "iot.command", domain, ["id"]), 30, f"it is {state}")

    def _alert(self) -> None:
        """One that somebody has acknowledged; and a channel on which others would be told."""
        chat = {"name": f"Shift {self.number}", "format": "telegram", "token": BOT_TOKEN, "chat": "-4711"}
        self.rpc.create("iot.alert.webhook", {**chat, "url": "https://telegram.invalid"})
        (sensor,) = self.rpc.search_read("fp.tank.sensor", [["device_serial", "=", self.serial]], ["id"])
        self.rpc.call("fp.tank.sensor", "write", [sensor["id"]], {"calibration_due": OVERDUE_SINCE})
        about = [["alert_type", "=", "calibration_due"], ["res_id", "=", sensor["id"]]]
        alerts = until(
            lambda: self.rpc.search_read("iot.alert", [*about, ["status", "=", "active"]], ["id"]),
            30,
            "the overdue calibration is told",
        )
        self.rpc.call("iot.alert", "action_acknowledge", [alerts[0]["id"]], "The laboratory comes on Monday")

    def _post(
        self, *readings: tuple[str, float, datetime], status: int = 200, by: Ingest | None = None
    ) -> None:
        told = [
            {"device_serial": serial, "value": value, "read_at": at.isoformat()}
            for serial, value, at in readings
        ]
        answer = (by or self.ingest).post({"readings": told})
        assert answer.status == status, answer


class Relay:
    """A relay of the second generation of Shelly, at the broker at `port` of this machine; a context manager."""

    def __init__(self, port: int, name: str) -> None:
        self.name = name
        self._client = Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5
        )
        self._client.max_inflight_messages_set(200)
        self._port = port
        self._sent: list[MQTTMessageInfo] = []

    def __enter__(self) -> Relay:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        return self

    def __exit__(self, *_error: object) -> None:
        for info in self._sent:
            info.wait_for_publish(60)
            assert info.is_published()
        self._client.disconnect()
        self._client.loop_stop()

    def says(self, at: datetime, watts: float) -> None:
        """Tell power; returns at once."""
        params = {"ts": at.timestamp(), "switch:0": {"id": 0, "apower": watts}}
        frame = {"src": self.name, "dst": "shop", "method": "NotifyStatus", "params": params}
        self._sent.append(self._client.publish(f"{self.name}/events/rpc", json.dumps(frame), qos=1))

    def is_online(self) -> None:
        """Tell that it is there; returns at once."""
        self._sent.append(self._client.publish(f"{self.name}/online", "true", qos=1))
