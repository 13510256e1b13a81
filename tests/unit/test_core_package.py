"""The core as a package: built, installed into a plain environment without Odoo, and used there."""

import ast
import re
import runpy
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

import fusion_iot_core
import fusion_probe_agent
from tests.unit.pythons import PYTHONS, since
from tests.wheels import build, empty, install, run

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "core"
SUPPORTED = since(10)
OLDEST = next(iter(PYTHONS.values()))
LIBRARIES = {
    "mqtt.": "paho",
    "connectors.modbus": "pymodbus",
    "connectors.opc_ua": "asyncua",
    "connectors.rest_api": "httpx",
}
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)
IMPORT_ALL = """
import importlib, pkgutil
import fusion_iot_core

names = [found.name for found in pkgutil.walk_packages(fusion_iot_core.__path__, "fusion_iot_core.")]
for name in names:
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        print(name, "needs", error.name)
print(len(names), "modules")
"""


core_version = SimpleNamespace(**runpy.run_path(str(ROOT / "fusion_iot_base" / "core_version.py")))


def environment(python, folder, *wheels):
    """The interpreter of a new environment with these wheels and nothing else."""
    made = empty(python, folder)
    install(made, folder, *wheels)
    return made


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build("core", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module", params=SUPPORTED.values(), ids=SUPPORTED.keys())
def python(request, wheel, tmp_path_factory):
    return environment(request.param, tmp_path_factory.mktemp("plain"), wheel)


def test_its_readme_lists_what_is_in_it():
    listed = re.findall(r"^\| (`.*?`) \|", (CORE / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    names = {name for cell in listed for name in re.findall(r"`(\w+)`", cell)}
    package = CORE / "fusion_iot_core"
    there = {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert names == there - {"__init__"}
    architecture = (ROOT / "README.md").read_text(encoding="utf-8")
    (row,) = re.findall(r"^\| \[`core`\].*$", architecture, re.MULTILINE)
    folders = {path.parent.name for path in package.glob("*/__init__.py")}
    assert set(re.findall(r"\(`(\w+)/`", row)) == folders


def test_links_within_the_readme_lead_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    links = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert links <= anchors
    contents = text[text.index("[Start]") : text.index("## Start")]
    sections = re.findall(r"^## (.*)$", text, re.MULTILINE)
    missing = [each for each in [*sections, "Switches"] if f"[{each}](#" not in contents]
    assert not missing


def test_the_wheel_is_complete(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (about,) = {name.partition("/")[0] for name in names if ".dist-info/" in name}
        metadata = archive.read(f"{about}/METADATA").decode()
    sources = {str(path.relative_to(CORE)) for path in CORE.rglob("*.py") if "build" not in path.parts}
    assert sources | {"fusion_iot_core/py.typed"} <= names
    assert {f"{about}/licenses/{name}" for name in ("LICENSE", "COPYRIGHT")} <= names
    assert f"Version: {fusion_iot_core.__version__}\n" in metadata
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist")]
    assert all("extra ==" in line for line in required)


def test_the_addons_ask_for_a_version_that_this_one_is():
    manifest = ast.literal_eval((ROOT / "fusion_iot_base" / "__manifest__.py").read_text(encoding="utf-8"))
    name, lowest = manifest["external_dependencies"]["python"][0].split(">=")
    assert f'name = "{name}"\n' in (CORE / "pyproject.toml").read_text(encoding="utf-8")
    here = fusion_iot_core.__version__
    assert lowest == core_version.NEEDED
    assert tuple(map(int, lowest.split("."))) <= tuple(map(int, here.split(".")))


def test_addons_on_a_core_that_is_too_old_say_so():
    for found, shown in (("1.0.0", "1.0.0"), ("0.9", "0.9"), ("", "none")):
        with pytest.raises(
            ImportError, match=rf"need fusion-iot-core 1\.1 or newer, .* has {shown}\..*pip install"
        ):
            core_version.check(found)
    for found in ("1.1", "1.1.0", "1.10.2", "2.0.0rc1", fusion_iot_core.__version__):
        core_version.check(found)
    first = (ROOT / "fusion_iot_base" / "__init__.py").read_text(encoding="utf-8")
    assert re.search(r"^(?!#).*import (\w+)", first, re.MULTILINE)[1] == "core_version"


def test_it_is_imported_without_odoo(python, tmp_path):
    """All of it: only what speaks a protocol asks for more, and for the library of that protocol alone."""
    said = run(python, "-I", "-c", IMPORT_ALL, cwd=tmp_path).splitlines()
    assert int(said.pop().split()[0]) > 90
    asked = {tuple(line.removeprefix("fusion_iot_core.").split(" needs ")) for line in said}
    assert {library for _module, library in asked} == set(LIBRARIES.values())
    for module, library in asked:
        assert library in {needed for place, needed in LIBRARIES.items() if module.startswith(place)}, module


def test_the_examples_of_its_readme_are_true(python, tmp_path):
    """It parses, judges and detects."""
    examples = EXAMPLE.findall((CORE / "README.md").read_text(encoding="utf-8"))
    assert len(examples) == 3
    for example in examples:
        expected = re.findall(r"^# (.*)$", example, re.MULTILINE)
        assert expected
        assert run(python, "-I", "-c", example, cwd=tmp_path).splitlines() == expected


def test_the_agent_is_installed_with_it(wheel, tmp_path):
    """As a program, by the oldest Python that there is."""
    made = environment(OLDEST, tmp_path, wheel, build("agent", tmp_path))
    program = made.with_name("fusion-probe-agent")
    assert run(program, "--version", cwd=tmp_path) == f"{fusion_probe_agent.__version__}\n"


@pytest.mark.parametrize("folder", ["core", "agent"])
@pytest.mark.parametrize("name", ["LICENSE", "COPYRIGHT"])
def test_what_is_passed_on_by_itself_has_its_licence(folder, name):
    assert (ROOT / folder / name).read_bytes() == (ROOT / name).read_bytes()
