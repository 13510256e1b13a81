"""The check that runs the addons' tests: what it gives to pytest, and what it makes of JUnit file and logs."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from fusion_cli.checks import odoo_tests
from fusion_cli.checks.selection import Selection
from fusion_cli.database.templates import SUITE_LOG

ROOT = Path(__file__).resolve().parents[2]
JUNIT = """<testsuites><testsuite>
  <testcase classname="fusion_iot.tests.test_x.TestX" name="test_well"/>
  <testcase classname="fusion_iot.tests.test_x.TestX" name="test_wrong"><failure message="1 != 2"/></testcase>
  <testcase classname="fusion_plating.tests.test_y.TestY" name="test_left_out"><skipped message="why"/></testcase>
  <testcase classname="" name="fusion_plating.tests.test_z"><error message="collection failure"/></testcase>
</testsuite></testsuites>"""
STAMP = "2026-01-02 03:04:05,678 123"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("fusion_iot", "fusion_iot/tests"),
        ("fusion_iot/tests", "fusion_iot/tests"),
        ("fusion_iot/models/iot_device.py", "fusion_iot/tests"),
        ("fusion_iot/tests/__init__.py", "fusion_iot/tests"),
        ("fusion_iot/tests/test_device.py", "fusion_iot/tests/test_device.py"),
        ("fusion_iot/tests/test_device.py::TestX::test_y", "fusion_iot/tests/test_device.py::TestX::test_y"),
    ],
)
def test_what_is_selected_of_an_addon(given, expected):
    work = SimpleNamespace(selection=Selection.of(ROOT, [given], ROOT))
    (target,) = odoo_tests._targets(work, SimpleNamespace(name="fusion_iot"))
    assert target.argument() == expected


def test_what_ran_and_what_failed(tmp_path):
    junit = tmp_path / "junit.xml"
    junit.write_text(JUNIT)
    ran, failed = odoo_tests._tests(junit)
    assert ran == [
        "fusion_iot.tests.test_x.TestX.test_well",
        "fusion_iot.tests.test_x.TestX.test_wrong",
        "fusion_plating.tests.test_z",
    ]
    assert failed == ["fusion_iot.tests.test_x.TestX.test_wrong", "fusion_plating.tests.test_z"]


def test_what_is_wrong_in_the_logs_is_told_once_and_what_a_failed_test_said_is_not(tmp_path):
    odd = f"{STAMP} WARNING db odoo.modules.loading: something is odd\n"
    said = f"{STAMP} ERROR db odoo.addons.fusion_iot.tests.test_x.TestX.test_%s.browser: Tour failed\n"
    (tmp_path / SUITE_LOG).write_text(f"{STAMP} WARNING db odoo.x: at the install\n")
    (tmp_path / "odoo-tests-gw0.log").write_text(odd + said % "wrong")
    (tmp_path / "odoo-tests-gw1.log").write_text(odd + said % "well")
    told = odoo_tests._problems(SimpleNamespace(log=tmp_path), ["fusion_iot.tests.test_x.TestX.test_wrong"])
    assert [text.splitlines()[1].split(": ")[-1] for text in told] == [
        "at the install",
        "something is odd",
        "Tour failed",
    ]
