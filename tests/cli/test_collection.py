from pathlib import Path


def test_pytest_takes_nothing_for_a_test_that_is_none(pytestconfig):
    """Such as a migration of what was called a test."""
    root = Path(pytestconfig.rootpath)
    names = pytestconfig.getini("python_files")
    found = [path for addon in root.glob("fusion_*") for name in names for path in addon.rglob(name)]
    assert found
    assert [path for path in found if "tests" not in path.relative_to(root).parts] == []
