"""What goes wrong in the shop is told in the running system, once, and is over by itself."""

from __future__ import annotations

import time

from tests.waiting import until

INTERVAL_S = 5
SILENT_AFTER_S = 3 * INTERVAL_S
TOLD_WITHIN_S = 60.0
"""After the time that a rule itself takes."""
CONNECTION_DELAY_S = 20.0
FIELDS = [
    "status",
    "is_active",
    "is_suppressed",
    "told_at",
    "cleared_at",
    "duration",
    "trigger_count",
]


def alert_of(admin, kind, model, record_id):
    """The newest alert of a type about a record, or ``None``."""
    domain = [["alert_type", "=", kind], ["res_model", "=", model], ["res_id", "=", record_id]]
    found = admin.call("iot.alert", "search_read", domain, FIELDS, limit=1, order="id desc")
    return found[0] if found else None


def wait_for(admin, status, kind, model, record_id, seconds):
    """The alert, once it has this status."""

    def there():
        alert = alert_of(admin, kind, model, record_id)
        return alert if alert and alert["status"] == status else None

    return until(there, seconds, f"{kind} is {status}")


def test_a_probe_that_stops(admin, ingest, make_sensor):
    [(sensor_id, serial)] = make_sensor(expected_interval=INTERVAL_S)
    about = ("sensor_silent", "fp.tank.sensor", sensor_id)
    assert ingest.post({"device_serial": serial, "value": 80.0}).status == 200
    heard = time.monotonic()
    alert = wait_for(admin, "active", *about, SILENT_AFTER_S + TOLD_WITHIN_S)
    assert time.monotonic() - heard >= SILENT_AFTER_S - 1, "before it was silent"
    assert alert["told_at"], "nobody was told"
    [sensor] = admin.call("fp.tank.sensor", "read", [sensor_id], ["status", "alert_level"])
    assert (sensor["status"], sensor["alert_level"]) == ("silent", "critical")
    summary = admin.call("iot.alert", "summary")
    assert summary["level"] == "critical"
    assert summary["count"] >= 1
    assert admin.call("iot.alert", "action_acknowledge", [alert["id"]], "Somebody pulled the plug") is True
    wait_for(admin, "acknowledged", *about, 5)

    def over_after_another_reading():
        assert ingest.post({"device_serial": serial, "value": 80.1}).status == 200
        found = alert_of(admin, *about)
        return found if found["status"] == "resolved" else None

    over = until(over_after_another_reading, TOLD_WITHIN_S, "it is over, as the probe reports again")
    assert over["id"] == alert["id"]
    assert over["cleared_at"]
    assert over["duration"] > 0
    assert (over["trigger_count"], over["told_at"]) == (1, alert["told_at"])


def test_a_broker_that_is_away(stack, admin, line):
    connection = line.connection()
    probe = line.probe(connection, "plain")  # its readings count from when they are heard
    admin.call("fp.tank.sensor", "write", [probe.sensor_id], {"expected_interval": INTERVAL_S})
    publisher = line.publisher()
    line.listening(publisher, [probe])
    about = ("connection_lost", "mqtt.connection", connection.id)
    silent = ("sensor_silent", "fp.tank.sensor", probe.sensor_id)
    stack.stop_broker()
    try:
        alert = wait_for(admin, "active", *about, CONNECTION_DELAY_S + TOLD_WITHIN_S)
        assert alert["told_at"], "nobody was told"
        behind = wait_for(admin, "active", *silent, SILENT_AFTER_S + TOLD_WITHIN_S)
        assert behind["is_suppressed"], "the probe behind it is told of as well"
    finally:
        stack.start_broker()
    over = wait_for(admin, "resolved", *about, TOLD_WITHIN_S)
    assert (over["id"], over["trigger_count"]) == (alert["id"], 1)
    assert over["duration"] > 0

    def over_after_another_reading():
        publisher.publish_run(probe, 1)
        publisher.flush()
        found = alert_of(admin, *silent)
        return found if found["status"] == "resolved" else None

    heard = until(over_after_another_reading, TOLD_WITHIN_S, "the silence is over")
    assert (heard["id"], heard["told_at"]) == (behind["id"], False)
    line.settle()
