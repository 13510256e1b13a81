"""The addons from an archive, on an Odoo whose Python has the core as pip installs it."""

import json
import re
import subprocess
import zipfile

import pytest

from fusion_cli import addons
from fusion_cli.process import environment
from fusion_cli.project import Project
from fusion_cli.report import Reporter
from fusion_cli.testing.pace import patient
from fusion_cli.tools import odoo_source
from fusion_cli.tools.venv import site_packages
from tests.wheels import build, empty, install

IMPORT_ADDONS = """
import importlib, json, sys
from pathlib import Path

from odoo.tools import config

config.parse_config(["--addons-path", sys.argv[1], "--data-dir", sys.argv[2]], setup_logging=False)

from odoo.modules.module import Manifest, initialize_sys_path

initialize_sys_path()
folder = Path(sys.argv[1])
elsewhere = {"tests", "migrations", "iot_handlers", "static"}
names = []
for path in sorted(folder.rglob("*.py")):
    parts = path.relative_to(folder).with_suffix("").parts
    if path.name != "__manifest__.py" and not elsewhere.intersection(parts):
        names.append(".".join(part for part in parts if part != "__init__"))
for name in sys.argv[3:]:
    Manifest.for_addon(name).check_manifest_dependencies()
for name in names:
    importlib.import_module("odoo.addons." + name)

import fusion_iot_core
from odoo.addons.fusion_iot.controllers.handlers_zip import make_archive

print(json.dumps([names, fusion_iot_core.__file__, len(make_archive([])[0])]))
"""


@pytest.fixture(scope="module")
def suite():
    return [addon.name for addon in addons.discover(Project.here().root)]


@pytest.fixture(scope="module")
def unpacked(suite, tmp_path_factory):
    """The folders of the addons, by way of an archive, which has no symbolic links."""
    root, folder = Project.here().root, tmp_path_factory.mktemp("addons")
    archive = folder.with_suffix(".zip")
    with zipfile.ZipFile(archive, "w") as made:
        for name in suite:
            for path in sorted((root / name).rglob("*")):
                assert not path.is_symlink(), path
                if "__pycache__" not in path.parts:
                    made.write(path, path.relative_to(root))
    with zipfile.ZipFile(archive) as made:
        made.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def odoo():
    return odoo_source.get(Project.here(), Reporter(quiet=True))


@pytest.fixture
def python(odoo, tmp_path):
    """The interpreter of a new environment with Odoo and what it needs, but without the core."""
    made = empty(odoo.python, tmp_path)
    packages, theirs = site_packages(made), site_packages(odoo.python)
    for path in theirs.iterdir():
        if path.suffix != ".pth" and not path.name.startswith(
            ("fusion_iot_core", "__editable__", "__pycache__")
        ):
            (packages / path.name).symlink_to(path)
    if odoo.folder.parent != theirs:
        (packages / "odoo.pth").write_text(f"{odoo.folder.parent}\n", encoding="utf-8")
    return made


def imported(python, unpacked, suite, folder):
    """What a program says that imports all modules of the addons: its last line, and whether it came to its end."""
    (folder / "data").mkdir(parents=True)
    env = environment({"HOME": str(folder)})
    del env["PYTHONPATH"]
    done = subprocess.run(
        [str(part) for part in (python, "-c", IMPORT_ADDONS, unpacked, folder / "data", *suite)],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=patient(120),
    )
    said = done.stdout if done.returncode == 0 else done.stderr
    return done.returncode == 0, said.strip().rpartition("\n")[2]


def test_the_addons_run_on_a_core_from_pip(python, unpacked, suite, tmp_path):
    wheel = build("core", tmp_path)
    install(python, tmp_path, f"fusion-iot-core[mqtt] @ {wheel.as_uri()}")
    well, said = imported(python, unpacked, suite, tmp_path)
    assert well, said
    names, core, size = json.loads(said)
    assert {name.partition(".")[0] for name in names} == set(suite)
    assert len(names) > 150
    assert core.startswith(str(tmp_path / "venv"))
    assert size > 10_000, "what boxes carry of it"


@pytest.mark.parametrize("found", ["", "1.0.3"])
def test_a_core_that_is_missing_or_too_old_is_told_in_words(found, python, unpacked, suite, tmp_path):
    if found:
        wheel = build("core", tmp_path, version=found)
        install(python, tmp_path, wheel)
    well, said = imported(python, unpacked, suite, tmp_path)
    assert not well
    assert re.search(r"fusion-iot-core>=1\.1", said), said
    assert (f"installed: {found}" if found else "not installed") in said
    # Of a database that has the addons already, Odoo compares no versions: it just imports them.
    well, said = imported(python, unpacked, [], tmp_path / "again")
    assert not well
    assert re.fullmatch(
        rf"ImportError: The Fusion IoT addons need fusion-iot-core 1\.1 or newer, and {re.escape(str(python))} has "
        rf"{found or 'none'}\. Update it .*pip install.*",
        said,
    ), said
