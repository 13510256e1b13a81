"""The first requirement, typed as it is written there."""

from __future__ import annotations

import http.client
import json
import subprocess
from urllib.parse import urlsplit

import pytest

from fusion_cli.testing.pace import patient
from tests.e2e.client import RpcError


def curl(stack, serial: str, value: float) -> dict:
    command = (
        f"curl -sS -X POST {stack.url}/fp/iot/ingest "
        "-H 'Content-Type: application/json' "
        f"-H 'X-FP-IOT-Token: {stack.token}' "
        f'-d \'{{"device_serial":"{serial}","value":{value}}}\''
    )
    done = subprocess.run(command, shell=True, check=True, capture_output=True, timeout=patient(30))
    return json.loads(done.stdout)


def test_the_test_commands(stack, admin, sensor):
    sensor_id, serial = sensor
    assert curl(stack, serial, 87.3) == {"ok": True, "accepted": 1}
    assert curl(stack, serial, 95.0) == {"ok": True, "accepted": 1}
    assert curl(stack, serial, 95.0) == {"ok": True, "accepted": 1}
    fields = ["state", "value", "limit_max", "tank_id", "name"]
    (hold,) = admin.search_read("fusion.plating.quality.hold", [["sensor_id", "=", sensor_id]], fields)
    assert (hold["state"], hold["value"], hold["limit_max"]) == ("open", 95.0, 90.0)
    assert hold["name"].startswith("QH/")
    (tank,) = admin.search_read(
        "fusion.plating.tank", [["id", "=", hold["tank_id"][0]]], ["x_fc_has_out_of_spec"]
    )
    assert tank["x_fc_has_out_of_spec"]


def test_an_operator_enters_readings_and_decides_nothing(admin, operator, sensor):
    sensor_id, _serial = sensor
    reading = operator.create("fp.tank.reading", {"sensor_id": sensor_id, "value": 95.0})
    (row,) = operator.search_read("fp.tank.reading", [["id", "=", reading]], ["source", "in_spec", "user_id"])
    assert (row["source"], row["in_spec"], row["user_id"][0]) == ("manual", False, operator.uid)
    (hold,) = operator.search_read("fusion.plating.quality.hold", [["sensor_id", "=", sensor_id]], ["state"])
    refused = [
        ("fp.tank.reading", "write", [reading], {"value": 80.0}),
        ("fp.tank.reading", "unlink", [reading]),
        ("fusion.plating.quality.hold", "write", [hold["id"]], {"state": "released"}),
        ("fusion.plating.quality.hold", "action_release", [hold["id"]]),
        ("fusion.plating.quality.hold", "unlink", [hold["id"]]),
        ("fp.tank.sensor", "write", [sensor_id], {"alert_max_override": 200.0, "limit_reason": "Test"}),
        ("fp.tank.sensor", "unlink", [sensor_id]),
        ("iot.ingest", "ingest", []),
        ("iot.ingest", "_take", []),
        ("fusion.plating.quality.hold", "_decide", [hold["id"]], "released", "use_as_is", "x"),
    ]
    for model, method, *args in refused:
        with pytest.raises(RpcError):
            operator.call(model, method, *args)
    (hold,) = admin.search_read("fusion.plating.quality.hold", [["id", "=", hold["id"]]], ["state"])
    assert hold["state"] == "open"


def test_the_log_cannot_be_changed_in_sql(stack, ingest, sensor):
    assert ingest.post({"device_serial": sensor[1], "value": 80.0}).status == 200
    for statement in (
        "UPDATE fp_tank_reading SET value = 1",
        "DELETE FROM fp_tank_reading",
        "TRUNCATE fp_tank_reading",
    ):
        with pytest.raises(Exception, match="append-only"):
            stack.sql(statement)
    assert stack.sql(f"SELECT value FROM fp_tank_reading WHERE sensor_id = {sensor[0]}") == [["80"]]


def test_a_body_without_a_length_is_bounded_too(stack):
    parts = urlsplit(stack.url)
    headers = {"Content-Type": "application/json", "X-FP-IOT-Token": stack.token}

    def post(chunks):
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=patient(30))
        connection.request("POST", "/fp/iot/ingest", iter(chunks), headers, encode_chunked=True)
        response = connection.getresponse()
        answer = response.status, json.loads(response.read())["error"]
        connection.close()
        return answer

    assert post([b"{", b"}"]) == (400, "missing_field")
    assert post([b" " * 65536] * 130) == (413, "too_large")
