"""From the outcome of each check to the closing line and the exit code."""

import pytest

from fusion_cli.checks.check import Check, Outcome, Work
from fusion_cli.checks.pytest_run import read_junit
from fusion_cli.commands import test as command
from fusion_cli.main import parser
from fusion_cli.problem import Problem
from fusion_cli.project import Project

JUNIT = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="t" name="a"/>
<testcase classname="t" name="b"><failure message="x"/><error message="y"/></testcase>
<testcase classname="t" name="c"><skipped message="why"/></testcase>
<testcase classname="t" name="d"><error message="y"/></testcase>
</testsuite></testsuites>"""


def test_junit(tmp_path):
    path = tmp_path / "junit.xml"
    path.write_text(JUNIT)
    outcome = read_junit(path)
    assert (outcome.passed, outcome.failed, outcome.skipped) == (1, 2, ["t.c: why"])


class Fixed(Check):
    order = 1
    title = "fixed"

    def __init__(self, outcome):
        self.outcome = outcome

    def run(self, work, step):
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def run(monkeypatch, capsys, tmp_path, *outcomes):
    monkeypatch.setattr(Project, "here", classmethod(lambda cls: Project(tmp_path)))
    monkeypatch.setattr(Work, "tools", tmp_path)
    monkeypatch.setattr(command, "all_checks", lambda: [Fixed(outcome) for outcome in outcomes])
    code = command.main(parser().parse_args(["test"]))
    return code, capsys.readouterr().out


def test_all_well(monkeypatch, capsys, tmp_path):
    code, text = run(monkeypatch, capsys, tmp_path, Outcome(passed=3), None, Outcome(passed=2))
    assert code == 0
    assert text.splitlines()[-1] == "5 passed, 0 failed, 0 skipped"


def test_a_failure(monkeypatch, capsys, tmp_path):
    code, text = run(monkeypatch, capsys, tmp_path, Outcome(passed=3, failed=1, told="this is wrong"))
    assert code == 1
    assert "this is wrong" in text
    assert text.splitlines()[-1] == "3 passed, 1 failed, 0 skipped"


def test_a_check_that_cannot_run_is_a_failure(monkeypatch, capsys, tmp_path):
    code, text = run(monkeypatch, capsys, tmp_path, Problem("no browser", "install one"), Outcome(passed=1))
    assert code == 1
    assert "install one" in text
    assert text.splitlines()[-1] == "1 passed, 1 failed, 0 skipped"


def test_a_skip_that_nobody_allowed_fails(monkeypatch, capsys, tmp_path):
    code, text = run(monkeypatch, capsys, tmp_path, Outcome(passed=1, skipped=["x.test_y: no browser"]))
    assert code == 1
    assert "skipped though it should have run: x.test_y" in text
    assert text.splitlines()[-1] == "1 passed, 0 failed, 1 skipped"


def test_nothing_to_do_is_an_error(monkeypatch, capsys, tmp_path):
    with pytest.raises(Problem, match="Nothing"):
        run(monkeypatch, capsys, tmp_path, None)
