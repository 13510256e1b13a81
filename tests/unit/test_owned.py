"""Whose a report is when several companies have something of the same name."""

from fusion_iot_core.protocol import Owned


def test_a_company_is_given_its_own_else_what_is_of_all():
    owned = Owned([("x", 1, "ours"), ("x", 2, "theirs"), ("y", None, "shared"), ("y", 1, "our y")])
    assert owned.find("x", 1) == "ours"
    assert owned.find("x", 2) == "theirs"
    assert owned.find("x", 3) is None
    assert owned.find("y", 1) == "our y"
    assert owned.find("y", 2) == "shared"
    assert owned.find("z", 1) is None


def test_a_report_of_no_company_is_not_guessed_at():
    owned = Owned([("x", 1, "ours"), ("y", 1, "ours"), ("y", 2, "theirs"), ("z", None, "shared")])
    assert owned.find("x", None) == "ours"
    assert owned.find("z", None) == "shared"
    assert owned.find("y", None) is None
    assert owned.candidates("y", None) == ["ours", "theirs"]
    assert owned.candidates("y", 1) == owned.candidates("x", None) == ["ours"]
    assert owned.candidates("y", 3) == owned.candidates("a", None) == []


def test_nothing_in_it():
    assert not Owned()
    assert Owned([("x", 1, "ours")])
