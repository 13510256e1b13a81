"""A disk that is full, read-only, damaged or away: readings go on, and nothing that was kept is lost."""

import os
import resource
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from fusion_cli.process import with_this_command
from fusion_iot_core.queue.sample import Moment, Sample
from fusion_iot_core.queue.store import RESERVE_PAGES, Store
from fusion_iot_core.queue.waiting import Waiting
from tests.unit.agent_cases import KNOWN, Rig

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def rig(tmp_path):
    made = Rig(tmp_path)
    yield made
    made.drop()


class FullDisk:
    """No file of this process may be written beyond so many bytes, as if the disk had no more blocks."""

    def __init__(self, size=20 << 10):
        self.size = size

    def __enter__(self):
        self.limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        self.handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, self.limits[1]))

    def __exit__(self, *_error):
        resource.setrlimit(resource.RLIMIT_FSIZE, self.limits)
        signal.signal(signal.SIGXFSZ, self.handler)


def test_a_full_disk(rig, caplog):
    rig.take(200)
    with FullDisk():
        rig.take(400)
        assert rig.backlog.in_memory > 0
        assert rig.backlog.lost == 0
        assert "kept in memory" in caplog.text
    rig.take(1)
    assert rig.backlog.in_memory == 0
    assert "can be used again" in caplog.text
    rig.start()
    rig.send()
    rig.check(tolerance_ms=0)


def test_sending_goes_on_while_the_disk_is_full(rig):
    rig.take(200)
    with FullDisk():
        rig.take(400)
        rig.client.faults = ["away", "lost", 503]
        rig.send()
        rig.check(tolerance_ms=0)
        assert rig.backlog.count == 0
    rig.take(10)
    rig.send()
    rig.check(tolerance_ms=0)
    assert rig.keeper._store.count == 0


def test_killed_while_the_disk_is_full_and_all_was_sent(rig):
    rig.take(300)
    with FullDisk():
        rig.take(300)
        rig.send()
        rig.start()
        rig.send()
        rig.check(tolerance_ms=0)
    rig.start()
    rig.send()
    rig.check(tolerance_ms=0)


def test_the_memory_has_an_end_as_well(tmp_path, caplog):
    rig = Rig(tmp_path, memory_rows=100)
    rig.take(50)
    with FullDisk():
        rig.take(1000)
        assert rig.backlog.lost > 0
        assert rig.backlog.in_memory == 100
    kept = len(rig.ledger) - rig.backlog.lost
    rig.ledger = rig.ledger[:kept]
    rig.send()
    rig.check(tolerance_ms=0)
    rig.drop()


def test_the_store_has_its_size(tmp_path):
    limit = 1 << 20
    rig = Rig(tmp_path, max_bytes=limit, batch=1000)
    sample = Sample(KNOWN[0], 1.0, rig.clock.moment())
    for _ in range(400):
        rig.backlog.add([sample] * 100)
    assert rig.backlog.lost > 0
    assert rig.backlog.in_memory == 0
    size = sum(file.stat().st_size for file in tmp_path.iterdir())
    assert size < limit + (RESERVE_PAGES + 600) * 4096
    batches = 0
    while batch := rig.backlog.batch(1000):
        rig.backlog.settle(batch, {})
        batches += 1
    assert batches > 5
    assert rig.backlog.count == 0
    rig.drop()


def test_a_folder_that_cannot_be_used_yet(tmp_path, caplog):
    (tmp_path / "data").write_text("a file where the folder should be")
    rig = Rig(tmp_path / "data")
    rig.take(10)
    assert rig.backlog.in_memory == 10
    rig.send()
    rig.take(10)
    (tmp_path / "data").unlink()
    rig.clock.pass_ms(60_000)
    rig.take(10)
    assert rig.backlog.in_memory == 0
    rig.start()
    rig.send()
    rig.check(tolerance_ms=0)
    rig.drop()


@pytest.mark.parametrize("junk", [b"junk" * 2000, b"SQLite format 3\0" + b"\xff" * 8000])
def test_a_damaged_file_is_put_away(tmp_path, caplog, junk):
    (tmp_path / "readings.db").write_bytes(junk)
    rig = Rig(tmp_path)
    rig.take(10)
    rig.send()
    rig.check(tolerance_ms=0)
    (aside,) = tmp_path.glob("readings.db.damaged-*")
    assert aside.read_bytes() == junk
    assert "is damaged" in caplog.text
    rig.drop()


def test_a_file_that_is_damaged_while_it_is_used(rig):
    rig.take(300)
    rig.send()
    rig.ledger.clear()
    rig.server.stored.clear()
    rig.take(1000)
    rig.start()
    with rig.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (rig.path.stat().st_size - 4096))
    rig.start()
    before = len(rig.ledger)
    rig.take(20)
    rig.send()
    assert rig.backlog.count == 0
    stored = {value for _serial, _at, value in rig.server.stored}
    assert stored >= {sample.value for sample, _true in rig.ledger[before:]}
    assert list(rig.path.parent.glob("readings.db.damaged-*"))


def test_a_store_of_a_newer_version_is_left_alone(tmp_path, caplog):
    path = tmp_path / "readings.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    rig = Rig(tmp_path)
    rig.take(3)
    assert rig.backlog.in_memory == 3
    assert "version 99" in caplog.text
    rig.drop()


def test_a_store_locked_by_another_program(rig):
    rig.take(3)
    other = sqlite3.connect(rig.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    rig.take(1)
    assert rig.backlog.in_memory == 1
    other.close()
    rig.take(1)
    assert rig.backlog.in_memory == 0
    rig.send()
    rig.check(tolerance_ms=0)


KILLED = """
import sys
from pathlib import Path
from fusion_iot_core.queue.sample import Moment, Sample
from fusion_iot_core.queue.store import Store
from fusion_iot_core.queue.waiting import Waiting
store = Store(Path(sys.argv[1]), max_rows=10**6, max_bytes=10**8)
number = 0
while True:
    number += 1
    store.append([Waiting(-1, Sample("28-000000000001", float(number), Moment("boot", number, number)))])
    print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 20, 150])
def test_what_was_kept_is_there_after_kill_9(tmp_path, after):
    path = tmp_path / "readings.db"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **with_this_command(ROOT)},
    ) as process:
        for _ in range(after):
            line = process.stdout.readline()
        process.kill()
        kept = int(([line, *process.stdout.read().split("\n")[:-1]])[-1])
    store = Store(path, max_rows=10**6, max_bytes=10**8)
    values = [item.sample.value for item in store.head(10**6)]
    assert values in ([*map(float, range(1, kept + 1))], [*map(float, range(1, kept + 2))])
    assert store.count == len(values)
    store.close()


def test_a_transaction_that_fails_changes_nothing(tmp_path):
    store = Store(tmp_path / "readings.db", max_rows=100, max_bytes=1 << 20)
    good = Waiting(-1, Sample(KNOWN[0], 1.0, Moment("boot", 1, 1)))
    bad = Waiting(-2, Sample(KNOWN[0], None, Moment("boot", 2, 2)))
    with pytest.raises(sqlite3.IntegrityError):
        store.append([good, bad])
    assert (store.count, store.head(10), good.key) == (0, [], -1)
    store.append([good])
    assert (store.count, good.key) == (1, 1)
    store.close()
