"""What the ledger calls lost, doubled or wrongly judged: it would tell."""

from datetime import datetime, timedelta, timezone
from types import SimpleNamespace

import pytest

from fusion_cli.ledger import audit
from fusion_cli.ledger.entry import Ledger, is_out
from fusion_cli.ledger.probe import HTTP, MAKES, MOST, Probe

EPOCH = datetime(2026, 1, 1, tzinfo=timezone.utc)
MESSAGES = 30


class Books:
    """A probe that sent thirty readings, all acknowledged, and a database that has them."""

    def __init__(self, make):
        self.ledger = Ledger()
        self.probe = Probe(make, "probe", "28-000000000001", EPOCH, sensor_id=7)
        for number in range(MESSAGES):
            entry = self.ledger.note(self.probe, out=is_out(number))
            entry.sent = 1
            entry.acknowledge()
        self.rows = [self.row(number, entry) for number, entry in enumerate(self.ledger.entries)]
        # Readings 9 to 11 and 21 to 23 are out.
        self.holds = [["7", "2", str(self.value(23)), self.second(9), self.second(24), "open"]]
        self.decided = []

    def row(self, number, entry):
        at = EPOCH + timedelta(seconds=number)
        in_spec = "f" if entry.out else "t"
        micros = str(int(at.timestamp()) * 1_000_000)
        return ["7", str(number + 1), str(entry.value), micros, in_spec, "good", self.probe.make.source]

    def value(self, number):
        return self.ledger.entries[number].value

    def second(self, number):
        return str(int((EPOCH + timedelta(seconds=number)).timestamp()))

    def check(self):
        stack = SimpleNamespace(sql=lambda query: self.holds if "quality_hold" in query else self.rows)
        audit.check(stack, self.ledger, [self.probe], self.decided)


@pytest.fixture(params=[HTTP, MAKES["plain"]], ids=["with a time", "without"])
def books(request):
    return Books(request.param)


def test_books_that_are_right(books):
    books.check()


def test_a_lost_reading(books):
    del books.rows[3]
    with pytest.raises(AssertionError, match="1 of 30 are lost: no"):
        books.check()
    books.ledger.entries[3].acknowledged = False
    books.check()


def test_a_reading_that_is_there_twice(books):
    books.rows.insert(4, list(books.rows[3]))
    with pytest.raises(AssertionError, match="1 of 30 are stored twice: no"):
        books.check()


def test_what_a_killed_broker_delivers_again_can_be_told_by_its_time_only():
    for make, told in ((MAKES["shelly"], "twice"), (MAKES["plain"], "")):
        books = Books(make)
        books.rows.insert(4, list(books.rows[3]))
        assert books.ledger.forget(saved_at=0.0) == books.ledger.entries
        if told:
            with pytest.raises(AssertionError, match=told):
                books.check()
        else:
            books.check()


def test_a_broker_keeps_what_it_saved_and_http_does_not_depend_on_it():
    books = Books(MAKES["plain"])
    saved = books.ledger.entries[9].acknowledged_at = 1_000.0
    assert books.ledger.forget(saved_at=saved) == [e for e in books.ledger.entries if not e.acknowledged]
    assert books.ledger.entries[9].acknowledged
    assert Books(HTTP).ledger.forget(saved_at=0.0) == []


@pytest.mark.parametrize(("column", "wrong"), [(1, "3"), (2, "90.5"), (3, "0"), (4, ""), (5, "released")])
def test_a_hold_that_is_not_as_it_must_be(books, column, wrong):
    books.holds[0][column] = wrong
    with pytest.raises(AssertionError, match="expected Hold"):
        books.check()


def test_a_missing_hold_and_one_too_many(books):
    books.holds *= 2
    with pytest.raises(AssertionError, match="2 holds"):
        books.check()
    books.holds = []
    with pytest.raises(AssertionError, match="0 holds"):
        books.check()


def test_after_a_decision_an_excursion_is_a_hold_of_its_own(books):
    books.decided = [15]
    with pytest.raises(AssertionError, match="1 holds"):
        books.check()
    books.holds = [
        ["7", "1", str(books.value(11)), books.second(9), books.second(12), "released"],
        ["7", "1", str(books.value(23)), books.second(21), books.second(24), "open"],
    ]
    books.check()


def test_no_two_values_of_a_probe_are_the_same():
    probe = Probe(HTTP, "probe", "28-000000000001", EPOCH)
    values = [probe.value(number, out) for number in range(0, MOST, 97) for out in (False, True)]
    assert len(set(values)) == len(values)
    with pytest.raises(AssertionError, match="no more values"):
        probe.value(MOST, False)
