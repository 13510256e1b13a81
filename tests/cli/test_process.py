"""Other programs: their output is kept, their failure is told, none is left behind."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fusion_cli import process
from fusion_cli.problem import Interrupted, Problem
from fusion_cli.testing.pace import pace
from tests.waiting import until

BURN = (
    f"exec {sys.executable} -c 'import time; end = time.time() + 3 * {pace()}\nwhile time.time() < end: pass'"
)


def ends(pid, seconds=5.0):
    until(lambda: not process.alive(pid), seconds, "the process has ended")


def test_output_goes_to_the_log_line_by_line(tmp_path):
    seen = []
    log = tmp_path / "logs" / "x.log"
    assert process.run(["sh", "-c", "echo one; echo two >&2"], log, what="It", on_line=seen.append) == 0
    assert seen[1:] == ["one", "two"]
    assert log.read_text().startswith("$ sh -c")


def test_a_failure_says_what_how_and_where(tmp_path):
    assert process.run(["sh", "-c", "kill -9 $$"], tmp_path / "y.log", what="It", check=False) == 137
    with pytest.raises(Problem) as caught:
        process.run(
            ["sh", "-c", "echo broken; exit 3"], tmp_path / "x.log", what="The thing", hint="Do that."
        )
    text = caught.value.text()
    assert "The thing failed (exit code 3)" in text
    assert "broken" in text
    assert "Do that." in text
    assert str(tmp_path / "x.log") in text


def test_a_program_that_is_missing(tmp_path):
    with pytest.raises(Problem, match="there is no program /no/such/program"):
        process.run(["/no/such/program"], tmp_path / "x.log", what="It")


def test_too_long_is_ended_with_all_it_started(tmp_path):
    script = "sleep 60 & echo $!; wait"
    log = tmp_path / "x.log"
    with pytest.raises(Problem, match="stood still for 1 s"):
        process.run(["sh", "-c", script], log, what="It", patience=1.0)
    ends(int(log.read_text().splitlines()[1]))


@pytest.mark.parametrize(
    "script", ["for i in 1 2 3 4 5; do sleep 0.6; echo $i; done", BURN], ids=["says", "computes"]
)
def test_what_says_or_computes_something_is_not_ended(tmp_path, script):
    assert process.run(["sh", "-c", script], tmp_path / "x.log", what="It", patience=2 * pace()) == 0


def test_an_interrupt_ends_the_program(tmp_path):
    def interrupt(line):
        if line.isdigit():
            raise Interrupted(signal.SIGINT)

    log = tmp_path / "x.log"
    with pytest.raises(Interrupted):
        process.run(["sh", "-c", "echo $$; sleep 60"], log, what="It", on_line=interrupt)
    ends(int(log.read_text().splitlines()[1]))


def test_what_would_leak_from_the_caller_is_dropped(monkeypatch):
    for name in ("PGHOST", "ODOO_RC", "PYTHONPATH", "FUSION_URL"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("HTTP_PROXY", "y")
    monkeypatch.setenv("FUSION_ODOO_PYTHON", "/p")
    env = process.environment({"FUSION_DB": "z"})
    assert not {"PGHOST", "ODOO_RC", "FUSION_URL"} & env.keys()
    assert Path(env["PYTHONPATH"]).name == "core"
    assert (env["HTTP_PROXY"], env["FUSION_DB"], env["FUSION_ODOO_PYTHON"]) == ("y", "z", "/p")


def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path):
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, time\n"
            "from fusion_cli.process import guarded\n"
            "child = subprocess.Popen(guarded(['sleep', '60']), start_new_session=True)\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)\n",
        ],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    child = int(parent.stdout.readline())
    command = Path(f"/proc/{child}/cmdline")
    until(lambda: command.read_bytes().startswith(b"sleep"), 5, "the child is what it was to become")
    parent.kill()
    parent.communicate()
    ends(child)


def test_nor_does_what_a_program_started_itself(tmp_path):
    log = tmp_path / "x.log"
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "from pathlib import Path\n"
            "from fusion_cli.process import run\n"
            f"run(['sh', '-c', 'trap : TERM; sleep 60 & echo $!; wait; sleep 60'], Path({str(log)!r}), what='It')\n",
        ],
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    until(lambda: log.exists() and len(log.read_text().splitlines()) > 1, 10, "the program runs")
    parent.kill()
    parent.wait()
    ends(int(log.read_text().splitlines()[1]), 15)


def test_a_stubborn_child_is_killed():
    code = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True)
    child.stdout.readline()
    process.end(child, grace=0.2)
    assert child.returncode == -signal.SIGKILL
    child.stdout.close()


def test_the_end_of_a_log(tmp_path):
    path = tmp_path / "x.log"
    path.write_text("".join(f"line {number}\n" for number in range(100_000)))
    assert process.tail(path, 2) == "    line 99998\n    line 99999"
    assert process.tail(tmp_path / "none") == ""
