"""Finding the addons, their order, and what makes an update necessary."""

import pytest

from fusion_cli import addons
from fusion_cli.problem import Problem


def make(root, name, depends=("base",), extra=""):
    folder = root / name
    folder.mkdir()
    (folder / "__manifest__.py").write_text(f"{{'name': {name!r}, 'depends': {list(depends)!r}{extra}}}")
    return folder


def test_each_comes_after_what_it_depends_on(tmp_path):
    make(tmp_path, "a", ["c", "mail"])
    make(tmp_path, "b")
    make(tmp_path, "c", ["b"])
    make(tmp_path, "off", extra=", 'installable': False")
    found = addons.discover(tmp_path)
    assert [addon.name for addon in found] == ["b", "c", "a"]
    assert addons.outside(found) == ["base", "mail", "web"]


def test_a_circle_is_named(tmp_path):
    make(tmp_path, "a", ["b"])
    make(tmp_path, "b", ["a"])
    with pytest.raises(Problem, match="a -> b -> a"):
        addons.discover(tmp_path)


@pytest.mark.parametrize("text", ["{'name': 1 +}", "['a']", "{'name': open('x')}"])
def test_a_broken_manifest_is_named(tmp_path, text):
    make(tmp_path, "a")
    (tmp_path / "a" / "__manifest__.py").write_text(text)
    with pytest.raises(Problem, match=r"a/__manifest__\.py is not a valid manifest"):
        addons.discover(tmp_path)


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("models/x.py", True),
        ("views/x.xml", True),
        ("i18n/de.po", True),
        ("security/ir.model.access.csv", True),
        ("i18n/a.pot", False),
        ("tests/test_x.py", False),
        ("static/src/x.js", False),
        ("readme/USAGE.md", False),
        ("models/__pycache__/x.cpython-312.pyc", False),
    ],
)
def test_only_what_the_database_loads_makes_an_update_necessary(tmp_path, file, counts):
    folder = make(tmp_path, "a")
    (addon,) = addons.discover(tmp_path)
    before = addon.fingerprint()
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("new")
    assert (addon.fingerprint() != before) is counts
