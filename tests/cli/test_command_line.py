"""The command as a user meets it."""

import os
import subprocess

import pytest

from fusion_cli import commands
from fusion_cli.main import main
from fusion_cli.problem import Interrupted, Problem
from fusion_cli.project import Project

FUSION = Project.here().root / "fusion"


def fusion(*arguments, **env):
    done = subprocess.run(
        [FUSION, *arguments], capture_output=True, text=True, env={**os.environ, **env}, check=False
    )
    return done.returncode, done.stdout, done.stderr


def test_alone_it_explains_itself():
    code, out, _err = fusion()
    assert code == 0
    for command in ("run", "test", "parse", "shell", "psql", "bench", "clean"):
        assert f"\n    {command} " in out


@pytest.mark.parametrize("command", ["run", "test", "parse", "shell", "psql", "bench", "clean"])
def test_every_command_has_help(command):
    code, out, _err = fusion(command, "--help")
    assert code == 0
    assert out.startswith(f"usage: fusion {command}")


def test_unknown_arguments():
    code, _out, err = fusion("run", "--nonsense")
    assert code == 2
    assert "--nonsense" in err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--port", "80000"), ("--port", "-1"), ("--port", "http"), ("--workers", "-3"), ("--workers", "2.5")],
)
def test_numbers_that_cannot_be(option, value):
    """They are refused before anything is started."""
    code, out, err = fusion("run", f"{option}={value}")
    assert (code, out) == (2, "")
    assert f"argument {option}: '{value}' is no whole number from 0" in err


def test_without_python_it_says_so(tmp_path):
    (tmp_path / "id").write_text("#!/bin/sh\necho 1000\n")
    (tmp_path / "id").chmod(0o755)
    text = FUSION.read_text().replace("/usr/bin/python3", "/nowhere/python3")
    script = tmp_path / "fusion"
    script.write_text(text)
    done = subprocess.run(
        ["/bin/sh", script], env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Python 3.10 or newer is needed" in done.stderr


@pytest.fixture
def failing(monkeypatch):
    def install(error):
        class Failing:
            @staticmethod
            def add(subparsers):
                def function(options):
                    raise error

                subparsers.add_parser("fail").set_defaults(function=function)

        monkeypatch.setattr(commands, "ALL", (Failing,))
        monkeypatch.setattr("fusion_cli.signals.raise_on_stop", lambda: None)
        monkeypatch.delenv("FUSION_DEBUG", raising=False)

    return install


def test_a_problem_is_told_without_a_traceback(failing, capsys):
    failing(Problem("It is broken.", "Mend it."))
    assert main(["fail"]) == 1
    err = capsys.readouterr().err
    assert "fusion: It is broken.\nWhat to do: Mend it." in err
    assert "Traceback" not in err
    assert main(["--debug", "fail"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_even_a_mistake_of_ours_shows_no_traceback(failing, capsys):
    failing(KeyError("x"))
    assert main(["fail"]) == 1
    err = capsys.readouterr().err
    assert "unexpected KeyError" in err
    assert "Traceback" not in err


def test_a_signal_gives_its_usual_exit_code(failing):
    failing(Interrupted(15))
    assert main(["fail"]) == 143


def test_continuous_integration_runs_what_the_readme_says():
    root = Project.here().root
    assert "./fusion test" in (root / ".ci" / "run").read_text()
    readme = (root / "README.md").read_text()
    assert "./fusion run" in readme
    assert "./fusion test" in readme
    assert os.access(root / ".ci" / "run", os.X_OK)
