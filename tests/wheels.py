"""Parts of the project as wheels, and environments that have what is installed into them and nothing else."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from fusion_cli.testing.pace import patient

ROOT = Path(__file__).resolve().parents[1]


def run(*argv, cwd):
    """The output of a program that succeeds; pip finds nothing but what it is given."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(
        [str(part) for part in argv],
        cwd=cwd,
        env={**env, "PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        timeout=patient(120),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(name, folder, version=None):
    """The wheel of a folder of the project, built from a copy: building leaves things beside the sources.

    :param version: another one than it has
    """
    ignored = shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
    shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    if version:
        (about,) = (folder / name).glob("*/__init__.py")
        text = about.read_text(encoding="utf-8")
        about.write_text(re.sub(r'(__version__ = )".*"', rf'\1"{version}"', text), encoding="utf-8")
    options = ["--no-deps", "--no-build-isolation", "-w", folder / "wheels", folder / name]
    run(sys.executable, "-m", "pip", "wheel", *options, cwd=folder)
    (built,) = (folder / "wheels").glob("*.whl")
    return built


def empty(python, folder):
    """The interpreter of a new environment without anything."""
    run(python, "-m", "venv", "--without-pip", folder / "venv", cwd=folder)
    return folder / "venv" / "bin" / "python"


def install(python, folder, *wheels):
    """Install into an environment, as its own pip would do it, which takes long to install."""
    run(sys.executable, "-m", "pip", "--python", python, "install", *wheels, cwd=folder)
