"""What fields are called on screens: in sentence case, as Odoo writes its labels."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_ADDONS = ("fusion_base", "fusion_iot", "fusion_iot_base", "fusion_session_detector")
# How many arguments come before the label.
_LABEL_AT = {"Many2one": 1, "Many2many": 1, "One2many": 2, "Selection": 1}


def _unnamed(addon: str) -> Iterator[str]:
    """Fields whose names have several words, and that leave it to Odoo to make a label: Such A One."""
    for path in sorted((_ROOT / addon).glob("*/*.py")):
        if path.parent.name not in ("models", "wizards"):
            continue
        for line in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match line:
                case ast.Assign(
                    targets=[ast.Name(name)],
                    value=ast.Call(ast.Attribute(ast.Name("fields"), kind), arguments, keywords),
                ):
                    given = {keyword.arg for keyword in keywords} & {"string", "related"}
                    words = name.removesuffix("_id" if kind == "Many2one" else "_ids")
                    if "_" in words and not given and len(arguments) <= _LABEL_AT.get(kind, 0):
                        yield f"{path.relative_to(_ROOT)}: {name}"


@pytest.mark.parametrize("addon", _ADDONS)
def test_no_label_is_made_of_a_name_of_several_words(addon):
    assert not list(_unnamed(addon))
