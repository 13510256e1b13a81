"""How many stacks run end-to-end tests side by side."""

import pytest

from fusion_cli.testing.lanes import MOST, usual, usual_here


@pytest.mark.parametrize(
    ("cores", "gigabytes", "lanes"),
    [(2, 16, 6), (2, 8, 5), (2, 4, 4), (1, 16, 3), (16, 64, 8)],
    ids=["three a core", "as the memory allows", "two a core at least", "one core", "eight at most"],
)
def test_as_many_as_make_good_use_of_the_machine(cores, gigabytes, lanes):
    assert usual(cores, gigabytes * 10**9) == lanes


def test_of_this_machine_is_known_how_much_it_has():
    assert 2 <= usual_here() <= min(8, MOST)
