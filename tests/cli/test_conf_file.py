"""The check of odoo.conf."""

import pytest

from fusion_cli.checks.conf_file import faults_of


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[options]\nworkers = 4\n; a comment\n", []),
        ("[options]\nwrokers = 4\n", ["odoo.conf: Odoo knows no option wrokers"]),
        (
            "[options]\n[queue]\nx = 1\n",
            ["odoo.conf has to have one section, [options]; Odoo reads no other"],
        ),
    ],
)
def test_faults(tmp_path, text, told):
    path = tmp_path / "odoo.conf"
    path.write_text(text)
    assert faults_of(path, {"workers"}) == told


def test_unreadable_and_missing(tmp_path):
    path = tmp_path / "odoo.conf"
    assert faults_of(path, set()) == ["odoo.conf is missing"]
    path.write_text("workers = 4\n")
    assert "cannot be read" in faults_of(path, set())[0]
