"""`fusion test PATH...`: what a path selects."""

from pathlib import Path

import pytest

from fusion_cli import addons
from fusion_cli.checks.selection import Selection, Target
from fusion_cli.problem import Problem


@pytest.fixture
def root(tmp_path):
    for name in ("one/tests/test_x.py", "two/models/y.py", "tests/unit/test_z.py", "tests/cli/test_w.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    for name in ("one", "two"):
        (tmp_path / name / "__manifest__.py").write_text("{'name': 'x'}")
    (tmp_path / "compose.yml").write_text("")
    return tmp_path


def select(root, *arguments, folder=None):
    return Selection.of(root, arguments, folder or root)


def names(selection, root):
    return [addon.name for addon in selection.addons(addons.discover(root))]


def test_everything(root):
    for selection in (select(root), select(root, ".")):
        assert selection.everything
        assert selection.part("tests/unit") == [Target(Path("tests/unit"))]
        assert selection.python() == [Path(".")]
        assert names(selection, root) == ["one", "two"]
        assert selection.part("tests/none") == []


def test_an_addon(root):
    selection = select(root, "one")
    assert names(selection, root) == ["one"]
    assert selection.part("tests/unit") == []
    assert selection.python() == [Path("one")]


def test_a_folder_above_and_a_file_below(root):
    assert select(root, "tests").part("tests/unit") == [Target(Path("tests/unit"))]
    (target,) = select(root, "tests/unit/test_z.py::test_a").part("tests/unit")
    assert target.argument() == "tests/unit/test_z.py::test_a"


def test_paths_are_relative_to_where_the_user_is(root):
    assert names(select(root, "tests", folder=root / "one"), root) == ["one"]
    assert names(select(root, "two", folder=root / "one"), root) == ["two"]


def test_other_files_are_not_linted_as_python(root):
    assert select(root, "compose.yml").python() == []


@pytest.mark.parametrize(("argument", "told"), [("nowhere", "There is no nowhere"), ("/etc", "is not in")])
def test_paths_that_cannot_be_tested(root, argument, told):
    with pytest.raises(Problem, match=told):
        select(root, argument)
