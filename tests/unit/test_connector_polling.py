"""A connection that is read for as long as it is wanted, whatever happens to it."""

import asyncio
import itertools
from dataclasses import replace

import pytest

from fusion_iot_core.connectors import (
    BaseIoTConnector,
    Busy,
    Config,
    ConnectorError,
    LinkState,
    LoginRefused,
    Misconfigured,
    Polled,
    Poller,
    PollSettings,
    Tag,
    Unreachable,
    evaluate,
    reading_of,
)

GOOD = reading_of([evaluate(Tag("T", "temperature"), 20)])
PARTLY = reading_of([evaluate(Tag("T", "temperature"), 20), evaluate(Tag("U"), None)])
CONFIG = Config("fake", timeout_s=30)
PATIENT_S = 60


class Peer:
    """What connectors meet: answers in turn, the last one for ever. An exception is raised, ``...`` waits for ever.

    :ivar made: connectors that were made; ``closed``: how many of them are closed
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.made, self.closed = [], 0
        self.close_fails = False

    def make(self, equipment_id, config):
        if config.options.get("wrong"):
            raise Misconfigured("No.", "wrong")
        self.made.append(FakeConnector(equipment_id, config, self))
        return self.made[-1]


class FakeConnector(BaseIoTConnector):
    protocol = "fake"

    def __init__(self, equipment_id, config, peer):
        super().__init__(equipment_id, config)
        self.peer = peer

    async def get_current_reading(self):
        answer = self.peer.answers[0]
        if len(self.peer.answers) > 1:
            self.peer.answers.pop(0)
        if answer is ...:
            await asyncio.Event().wait()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    async def read(self):
        return []

    async def _try(self, steps):
        return GOOD

    async def close(self):
        self.peer.closed += 1
        if self.peer.close_fails:
            raise RuntimeError("close")


class Run:
    """A poller that does not really wait: each pause is noted and over at once."""

    def __init__(self, peer, enabled=True, config=CONFIG):
        self.peer, self.said, self.pauses = peer, [], []
        self.settings = PollSettings("oven-1", config, 5.0, enabled)
        self.poller = Poller(self.settings, self.said.append, peer.make, self.pause)

    async def pause(self, seconds):
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    @property
    def states(self):
        return [each.state.value for each in self.said if not isinstance(each, Polled)]

    @property
    def polls(self):
        return [each for each in self.said if isinstance(each, Polled)]

    async def until(self, condition):
        async def watch():
            while not condition():
                await asyncio.sleep(0.001)

        await asyncio.wait_for(watch(), PATIENT_S)


def play(peer, scene, **options):
    """Run a poller while a scene is played; both end, and nothing is left."""

    async def go():
        before = len(asyncio.all_tasks())
        run = Run(peer, **options)
        task = asyncio.ensure_future(run.poller.run())
        try:
            await asyncio.wait_for(scene(run), PATIENT_S)
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        assert len(asyncio.all_tasks()) == before
        assert peer.closed >= len(peer.made)
        return run

    return asyncio.run(go())


class TestReading:
    def test_at_its_interval(self):
        run = play(Peer(GOOD), lambda run: run.until(lambda: len(run.polls) > 3))
        assert run.states == ["connecting", "ok"]
        assert all(0 < later - pause <= 5 for pause, later in itertools.pairwise([0, *run.pauses])), (
            "five seconds after the one before, of which none is really waited for"
        )
        assert len(run.peer.made) == 1, "the connection is kept"

    def test_with_bad_values_it_is_degraded(self):
        run = play(Peer(GOOD, PARTLY, GOOD), lambda run: run.until(lambda: len(run.polls) > 3))
        assert run.states == ["connecting", "ok", "degraded", "ok"]
        status = next(each for each in run.said if getattr(each, "state", None) is LinkState.DEGRADED)
        assert status.error == "1 of 2 values are bad. U: No value."


class TestBackoff:
    def test_pauses_double_up_to_a_minute(self):
        run = play(Peer(Unreachable("No.")), lambda run: run.until(lambda: len(run.pauses) > 9))
        for pause, planned in zip(run.pauses, (1, 2, 4, 8, 16, 32, 60, 60, 60, 60), strict=False):
            assert planned * 0.8 <= pause <= planned * 1.2
        assert len(run.peer.made) >= 10, "a new connector for each attempt"

    def test_only_a_successful_read_makes_them_short_again(self):
        peer = Peer(*[Unreachable("No.")] * 3, GOOD, Unreachable("No."), GOOD)
        run = play(peer, lambda run: run.until(lambda: len(run.polls) > 1))
        backoffs = [each.retry_in_s for each in run.said if getattr(each, "state", None) is LinkState.BACKOFF]
        assert [round(each) for each in backoffs[:3]] in ([1, 2, 3], [1, 2, 4], [1, 2, 5])
        assert backoffs[3] <= 1.2

    def test_as_long_as_it_asks_for(self):
        run = play(Peer(Busy("Later.", 300.0), GOOD), lambda run: run.until(lambda: run.polls))
        assert run.pauses[0] == 300.0

    def test_what_a_connector_should_not_raise(self, caplog):
        run = play(Peer(KeyError("x"), GOOD), lambda run: run.until(lambda: run.polls))
        assert run.states == ["connecting", "backoff", "connecting", "ok"]
        assert "error that it should not have" in caplog.text

    def test_closing_may_fail(self):
        peer = Peer(Unreachable("No."), GOOD)
        peer.close_fails = True
        play(peer, lambda run: run.until(lambda: run.polls))

    def test_one_that_never_answers(self):
        config = replace(CONFIG, timeout_s=0.01)
        run = play(Peer(..., GOOD), lambda run: run.until(lambda: run.polls), config=config)
        assert run.states == ["connecting", "backoff", "connecting", "ok"]


class TestEdits:
    @pytest.mark.parametrize("error", [LoginRefused("Wrong.", "401"), Misconfigured("Wrong.", "tags")])
    def test_what_only_an_edit_mends_waits_for_one(self, error):
        async def scene(run):
            await run.until(lambda: run.poller.status.state.waits_for_an_edit)
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(run.peer.made) == 1
            run.peer.answers = [GOOD]
            run.poller.update(replace(run.settings, config=replace(CONFIG, endpoint="other")))
            await run.until(lambda: run.polls)

        run = play(Peer(error), scene)
        assert run.states == ["connecting", error.state.value, "connecting", "ok"]
        assert run.pauses[:0] == []

    def test_a_configuration_that_cannot_be_read(self):
        async def scene(run):
            await run.until(lambda: run.poller.status.state is LinkState.CONFIG_ERROR)
            run.poller.update(run.settings)
            run.poller.update(replace(run.settings, config=CONFIG))
            await run.until(lambda: run.polls)

        run = play(Peer(GOOD), scene, config=Misconfigured("No.", "endpoint"))
        assert run.states == ["connecting", "config_error", "connecting", "ok"]

    def test_a_factory_that_refuses(self):
        run = play(
            Peer(GOOD),
            lambda run: run.until(lambda: run.poller.status.state is LinkState.CONFIG_ERROR),
            config=replace(CONFIG, options={"wrong": True}),
        )
        assert run.poller.status.error == "wrong: No."

    def test_during_a_poll(self):
        async def scene(run):
            await run.until(lambda: run.peer.made)
            run.peer.answers = [GOOD]
            run.poller.update(replace(run.settings, config=replace(CONFIG, endpoint="other")))
            await run.until(lambda: run.polls)

        run = play(Peer(...), scene)
        assert [made.config.endpoint for made in run.peer.made] == ["", "other"]

    def test_off_and_on(self):
        async def scene(run):
            await run.until(lambda: run.polls)
            run.poller.update(replace(run.settings, enabled=False))
            await run.until(lambda: run.peer.closed)
            count = len(run.polls)
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(run.polls) == count
            run.poller.update(run.settings)
            await run.until(lambda: len(run.polls) > count)

        run = play(Peer(GOOD), scene)
        assert run.states == ["connecting", "ok", "disabled", "connecting", "ok"]

    def test_another_interval_is_no_other_state(self):
        async def scene(run):
            await run.until(lambda: run.polls)
            run.poller.update(replace(run.settings, interval_s=60))
            run.pauses.clear()
            await run.until(lambda: run.pauses and max(run.pauses) > 50)

        assert play(Peer(GOOD), scene).states == ["connecting", "ok"]

    def test_off_from_the_beginning(self):
        async def scene(run):
            for _ in range(50):
                await asyncio.sleep(0)

        run = play(Peer(GOOD), scene, enabled=False)
        assert (run.states, run.peer.made) == (["disabled"], [])


class TestUsing:
    def test_between_two_polls(self):
        async def scene(run):
            await run.until(lambda: run.polls)
            assert await run.poller.use(lambda connector: connector.read()) == []

        run = play(Peer(GOOD), scene)
        assert len(run.peer.made) == 1

    def test_an_error_makes_the_connection_anew(self):
        async def fail(_connector):
            raise ConnectorError("No.")

        async def scene(run):
            await run.until(lambda: run.polls)
            with pytest.raises(ConnectorError):
                await run.poller.use(fail)
            count = len(run.polls)
            await run.until(lambda: len(run.polls) > count + 1)

        run = play(Peer(GOOD), scene)
        assert len(run.peer.made) == 2


def test_a_thousand_reconnects_leave_nothing_behind():
    async def scene(run):
        tasks = len(asyncio.all_tasks())
        await run.until(lambda: len(run.peer.made) >= 1000)
        assert len(asyncio.all_tasks()) <= tasks + 1

    run = play(Peer(Unreachable("No.")), scene)
    assert run.peer.closed == len(run.peer.made)
