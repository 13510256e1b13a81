from datetime import datetime, timedelta, timezone

from fusion_iot_core.protocol.echoes import SILENT_AFTER, EchoFilter
from fusion_iot_core.protocol.measurement import Measurement
from fusion_iot_core.protocol.parsers import Parsed, Parser

NOON = datetime(2026, 11, 2, 12, tzinfo=timezone.utc)
GEN2 = Parser("gen2", "Gen2", read=None, recognise=None, echoes={"status": "rpc"})
PLAIN = Parser("plain", "Plain", read=None, recognise=None)


def said(voice, value, channel="switch:0"):
    item = Measurement("d", value, "power", "W", channel=channel)
    return Parsed((item,), "d", voice)


def counted(echoes, voice, value, seconds=0.0, device="d", parser=GEN2):
    at = NOON + timedelta(seconds=seconds)
    return [item.value for item in echoes.pass_on(device, said(voice, value), parser, at)]


def test_the_echo_of_a_notification_does_not_count():
    echoes = EchoFilter()
    assert counted(echoes, "rpc", 11.5) == [11.5]
    assert counted(echoes, "status", 11.5, 0.1) == []
    assert counted(echoes, "status", 11.7, 30) == []
    assert counted(echoes, "rpc", 12.0, 60) == [12.0]


def test_a_device_that_only_publishes_its_status_counts():
    echoes = EchoFilter()
    assert [counted(echoes, "status", 1.0, second) for second in (0, 60, 120)] == [[1.0], [1.0], [1.0]]


def test_the_first_notification_after_its_echo_is_not_counted_again():
    echoes = EchoFilter()
    assert counted(echoes, "status", 11.5) == [11.5]
    assert counted(echoes, "rpc", 11.5, 0.2) == []
    assert counted(echoes, "status", 12.0, 1) == []
    assert counted(echoes, "rpc", 12.0, 1.2) == [12.0]


def test_another_value_is_no_repetition():
    echoes = EchoFilter()
    assert counted(echoes, "status", 11.5) == [11.5]
    assert counted(echoes, "rpc", 11.6, 0.2) == [11.6]


def test_the_echo_counts_again_when_the_notifications_were_switched_off():
    echoes = EchoFilter()
    counted(echoes, "rpc", 1.0)
    late = SILENT_AFTER.total_seconds()
    assert counted(echoes, "status", 2.0, late - 1) == []
    assert counted(echoes, "status", 3.0, late) == [3.0]


def test_what_was_learnt_before_a_restart_counts_from_the_first_message():
    echoes = EchoFilter()
    echoes.know("d", "rpc", NOON)
    assert counted(echoes, "status", 11.5, 0.1) == []
    assert echoes.heard("d", "rpc")


def test_devices_do_not_silence_each_other():
    echoes = EchoFilter()
    counted(echoes, "rpc", 1.0, device="one")
    assert counted(echoes, "status", 1.0, device="other") == [1.0]


def test_a_family_without_echoes_passes_everything():
    echoes = EchoFilter()
    assert counted(echoes, "", 1.0, parser=PLAIN) == [1.0]
    assert counted(echoes, "", 1.0, parser=PLAIN) == [1.0]


def test_memory_is_bounded():
    echoes = EchoFilter()
    for number in range(25_000):
        counted(echoes, "status", 1.0, device=f"d{number}")
        counted(echoes, "rpc", 2.0, device=f"d{number}")
    assert len(echoes._heard) <= 20_000
    assert len(echoes._echoed) <= 20_000
