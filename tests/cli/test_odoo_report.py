"""Reading Odoo's log: what does not belong there."""

import pytest

from fusion_cli.checks import odoo_report
from fusion_cli.checks.allowed import UNDER_FAULTS, AllowedRecord
from fusion_cli.database import odoo_log

STAMP = "2026-01-02 03:04:05,678 123"


def log(*lines):
    return [f"{STAMP} {line}" if line.split(" ")[0].isupper() else line for line in lines]


def read(*lines, allowed=()):
    return odoo_report.problems(log(*lines), allowed)


def test_warnings_and_errors_are_problems_unless_they_are_allowed():
    lines = (
        "WARNING db odoo.modules.loading: something is odd",
        "ERROR db odoo.addons.base.models.assetsbundle: Could not get content for 12",
        "ERROR db odoo.addons.base.models.assetsbundle: Could not get content for 13",
        "INFO db odoo.modules.loading: fine",
    )
    assert [record.level for record in read(*lines)] == ["WARNING", "ERROR"]
    allowed = (AllowedRecord(r"odoo\.addons\..*", "Could not get", "reason"),)
    assert [record.message for record in read(*lines, allowed=allowed)] == ["something is odd"]


def test_a_traceback_before_the_log_begins_is_a_problem():
    report = read("Traceback (most recent call last):", "ModuleNotFoundError: No module named 'x'")
    assert len(report) == 1


def test_colours_do_not_hide_a_level():
    line = f"{STAMP} \x1b[1;31mERROR\x1b[0m db odoo.x: \x1b[1mbad\x1b[0m\n"
    (record,) = odoo_log.wrong([line])
    assert (record.level, record.logger, record.message) == ("ERROR", "odoo.x", "bad")


@pytest.mark.parametrize("count", [5, 100])
def test_a_long_traceback_is_shown_from_its_end(count):
    record = odoo_log.Record("ERROR", "x", "m", more=[f"line {number}" for number in range(count)])
    text = record.text(10)
    assert text.endswith(f"line {count - 1}")
    assert text.count("\n") <= 10


RUNTIME = "odoo.addons.fusion_iot.runtime"


def test_a_connection_may_say_what_is_wrong_while_the_broker_is_away():
    report = read(
        f"WARNING db {RUNTIME}.mqtt.worker: Line 1: Nothing accepts connections at 127.0.0.1:1883. Is it running?",
        f"WARNING db {RUNTIME}.mqtt.worker: Line 1: The database cannot take it now: it is away.",
        f"WARNING db {RUNTIME}.supervisor: The runtime has no connection to its database: it is away",
        allowed=UNDER_FAULTS,
    )
    assert report == []


@pytest.mark.parametrize(
    "lines",
    [
        (f"ERROR db {RUNTIME}.mqtt.worker: Line 1: unexpected error", "Traceback (most recent call last):"),
        (f"ERROR db {RUNTIME}.supervisor: The runtime's supervisor met an error", "Traceback: x", "KeyError"),
        (
            f"WARNING db {RUNTIME}.mqtt.worker: Line 1: The broker and more",
            "Traceback (most recent call last):",
        ),
        ("WARNING db odoo.addons.fusion_iot.models.mqtt_device: The broker",),
    ],
)
def test_an_error_of_ours_is_one_under_faults_too(lines):
    assert len(read(*lines, allowed=UNDER_FAULTS)) == 1
