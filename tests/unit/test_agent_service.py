"""The agent's unit for systemd: systemd takes it, and it fits the program and the steps of the README."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fusion_cli.testing.pace import patient
from fusion_probe_agent.config import PLACE, STORE, load

AGENT = Path(__file__).resolve().parents[2] / "agent"
UNIT = AGENT / "fusion-probe-agent.service"
README = (AGENT / "README.md").read_text(encoding="utf-8")
SECTIONS = ["Unit", "Service", "Install"]
MANY = ("SystemCallFilter",)
"""What may be given more than once: each adds to the one before."""
MOST_EXPOSED = 2.0
"""Of 10, by the measure of `systemd-analyze security`."""


@pytest.fixture(scope="module")
def unit():
    """Section, key, value of each line."""
    found, section = [], ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, equals, value = line.partition("=")
            assert equals, line
            found.append((section, key, value))
    return found


@pytest.fixture(scope="module")
def service(unit):
    return {key: value for section, key, value in unit if section == "Service"}


def test_each_line_says_something_once(unit):
    assert list(dict.fromkeys(section for section, _key, _value in unit)) == SECTIONS
    once = [(section, key) for section, key, _value in unit if key not in MANY]
    assert len(once) == len(set(once))


def test_it_starts_what_the_readme_installs(unit, service):
    program, option, place = service["ExecStart"].split()
    assert f"-o {program}\n" in README
    assert f"sudo chmod 755 {program}\n" in README
    assert (option, place) == ("--config", str(PLACE))
    assert f"-g {service['Group']} agent/{PLACE.name} {PLACE.parent}/\n" in README
    assert f"sudo cp agent/{UNIT.name} /etc/systemd/system/\n" in README
    assert f"sudo -u {service['User']} {Path(program).name} --check\n" in README
    documentation = next(value for _section, key, value in unit if key == "Documentation")
    assert f"agent/README.md {documentation.removeprefix('file:')}\n" in README


def test_its_user_owns_the_folder_of_the_store(service):
    user, folder = service["User"], Path("/var/lib") / service["StateDirectory"]
    assert f"useradd --system --user-group --no-create-home --shell /usr/sbin/nologin {user}\n" in README
    assert Path(STORE).parent == folder
    assert (
        f"install -d -m {service['StateDirectoryMode'][1:]} -o {user} -g {service['Group']} {folder}\n"
        in README
    )


def test_it_agrees_with_the_program(service):
    assert service["Type"] == "notify"
    assert service["RestartPreventExitStatus"] == f"{os.EX_USAGE} {os.EX_CONFIG}"


def test_the_example_is_a_configuration_but_for_the_token(tmp_path):
    """Also with everything that is commented out, which shows the defaults."""
    text = (AGENT / PLACE.name).read_text(encoding="utf-8").replace("\ntoken =\n", "\ntoken = x\n")
    (tmp_path / "as it is.ini").write_text(text, encoding="utf-8")
    shown = [
        line.lstrip(";") if line.startswith(";") and line[1] != " " else line for line in text.splitlines()
    ]
    shown = [line for line in shown if not line.startswith(("token_file", "database", "ca_file"))]
    (tmp_path / "shown.ini").write_text("\n".join(shown), encoding="utf-8")
    assert load(tmp_path / "as it is.ini") == load(tmp_path / "shown.ini")


def test_what_systemd_says_of_it(tmp_path):
    """Where systemd is installed; it need not run."""
    if not shutil.which("systemd-analyze"):
        return
    copy = tmp_path / UNIT.name
    copy.write_text(
        UNIT.read_text(encoding="utf-8").replace("=/usr/local/bin/fusion-probe-agent ", "=/bin/true ")
    )
    checked = subprocess.run(
        ["systemd-analyze", "verify", copy], capture_output=True, text=True, timeout=patient(60)
    )
    assert (checked.returncode, [line for line in checked.stderr.splitlines() if UNIT.stem in line]) == (
        0,
        [],
    )
    measured = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED * 10:.0f}", copy],
        capture_output=True,
        text=True,
        timeout=patient(60),
    )
    assert measured.returncode == 0, measured.stdout.splitlines()[-1]
