"""Progress where there is a terminal, a file, or nobody any more."""

import io

import pytest

from fusion_cli.problem import Interrupted
from fusion_cli.report import Reporter
from tests.waiting import until


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_one_line_per_quick_step_in_a_file():
    out = io.StringIO()
    with Reporter(stream=out).step("Doing it") as step:
        step.result("Doing it well")
    assert out.getvalue().startswith("  done")
    assert out.getvalue().endswith("Doing it well\n")


def test_a_spinner_on_a_terminal_is_wiped():
    out = Terminal()
    with Reporter(stream=out).step("Doing it") as step:
        step.note("half")
        until(lambda: "half" in out.getvalue(), 1, "it is shown")
    assert "Doing it (half)" in out.getvalue()
    assert out.getvalue().rpartition("\r\033[K")[2].startswith("  done")


@pytest.mark.parametrize(("error", "word"), [(ValueError, "failed"), (lambda: Interrupted(2), "stopped")])
def test_the_outcome_is_named(error, word):
    out = io.StringIO()
    with pytest.raises((ValueError, Interrupted)), Reporter(stream=out).step("Doing it"):
        raise error()
    assert out.getvalue().startswith(f"  {word}")


def test_a_closed_terminal_does_not_end_the_clean_up():
    out = io.StringIO()
    report = Reporter(stream=out)
    out.close()
    report.say("nobody reads this")
    with report.step("Stopping"):
        pass


def test_a_step_that_was_not_needed_leaves_no_line():
    out = io.StringIO()
    with Reporter(stream=out).step("Nothing") as step:
        step.drop()
    assert out.getvalue() == ""
