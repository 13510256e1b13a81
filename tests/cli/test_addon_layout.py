"""The layout check: a whole addon passes, each thing that lacks is named."""

import struct

import pytest

from fusion_cli import addons
from fusion_cli.checks.addon_layout import faults_of

MANIFEST = {
    "name": "A",
    "summary": "S",
    "version": "19.0.1.0.0",
    "category": "C",
    "website": "https://example.org",
    "author": "Fusion IoT contributors",
    "license": "LGPL-3",
    "depends": ["base"],
    "data": ["security/a.xml", "data/a.xml", "views/a_views.xml", "views/a_menus.xml"],
    "demo": ["demo/a.xml"],
}


def png(width, height):
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", width, height)


@pytest.fixture
def whole(tmp_path):
    folder = tmp_path / "a"
    for name in [
        *MANIFEST["data"],
        *MANIFEST["demo"],
        "readme/DESCRIPTION.md",
        "readme/USAGE.md",
        "i18n/a.pot",
    ]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    for name in ("LICENSE", "COPYRIGHT"):
        (tmp_path / name).write_text(name)
        (folder / name).write_text(name)
    (folder / "tests").mkdir()
    (folder / "tests" / "__init__.py").write_text("")
    icon = folder / "static" / "description" / "icon.png"
    icon.parent.mkdir(parents=True)
    icon.write_bytes(png(128, 128))
    return folder


def faults(folder, **changes):
    (folder / "__manifest__.py").write_text(repr({**MANIFEST, **changes}))
    (addon,) = addons.discover(folder.parent)
    return faults_of(addon)


def test_a_whole_addon(whole):
    assert faults(whole) == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"license": "AGPL-3"}, "license"),
        ({"summary": ""}, "summary"),
        ({"version": "18.0.1.0.0"}, "19.0"),
        ({"data": ["views/a_views.xml", "security/a.xml", "data/a.xml", "views/a_menus.xml"]}, "too late"),
        ({"data": MANIFEST["data"][:-1]}, "views/a_menus.xml is not in the manifest"),
        (
            {"data": [*MANIFEST["data"][:-1], "views/b.xml", MANIFEST["data"][-1]]},
            "views/b.xml, which does not exist",
        ),
    ],
)
def test_faults_of_the_manifest(whole, changes, told):
    (fault,) = faults(whole, **changes)
    assert told in fault


@pytest.mark.parametrize(
    "name", ["readme/USAGE.md", "i18n/a.pot", "tests/__init__.py", "static/description/icon.png"]
)
def test_missing_files(whole, name):
    (whole / name).unlink()
    assert faults(whole) == [f"{name} is missing"]


@pytest.mark.parametrize("name", ["LICENSE", "COPYRIGHT"])
def test_an_addon_carries_the_licence_of_the_repository(whole, name):
    (whole / name).write_text("Another one")
    assert faults(whole) == [f"{name} is not that of the repository"]
    (whole / name).unlink()
    assert faults(whole) == [f"{name} is not that of the repository"]


@pytest.mark.parametrize(("content", "told"), [(png(64, 128), "64x128"), (b"GIF89a", "no PNG")])
def test_icons(whole, content, told):
    (whole / "static" / "description" / "icon.png").write_bytes(content)
    (fault,) = faults(whole)
    assert told in fault
