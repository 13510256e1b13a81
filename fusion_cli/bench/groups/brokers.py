"""Brokers of other makes that the machine's packages have, beside our Mosquitto."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from ...broker.broker import Broker
from ...broker.configuration import Listener
from ...ledger.line import Line
from ...problem import Problem
from ...tools import erlang_brokers
from ..brokers.erlang import Ejabberd, RabbitMq
from ..brokers.other import PASSWORD, USER
from ..brokers.trial import Trial, Tried
from ..figure import Figure
from ..group import Bench, Group, Measure
from ..records import Records

NOT_PACKAGED = ("EMQX", "HiveMQ", "VerneMQ", "NanoMQ", "aedes", "amqtt")
"""Brokers that Debian does not have: what is found here says nothing of them."""
FOLDER = "brokers"


class Mosquitto:
    """Our broker, with the user that the others have."""

    name = "Mosquitto"
    version, other = "5", "3.1.1"

    def __init__(self, bench: Bench) -> None:
        state = bench.stack.state / FOLDER / "mosquitto"
        state.mkdir(parents=True, exist_ok=True)
        passwords = state / "passwords"
        self._broker = Broker(
            bench.stack.project, state, bench.stack.report, listeners=[Listener(passwords=passwords)]
        )
        self._broker.write_passwords(passwords, {USER: PASSWORD})

    @property
    def port(self) -> int:
        """The one with the password."""
        return self._broker.listener_ports[0]

    def start(self) -> None:
        """Start it."""
        self._broker.start()

    def stop(self) -> None:
        """Stop it in good order."""
        self._broker.stop()


class Brokers(Group):
    """The same trial with each of them."""

    order = 95
    name = "brokers"
    on_request = True

    def measures(self, bench: Bench) -> Iterator[Measure]:
        """One broker after the other. Those that cannot be had are named."""
        yield Mosquitto.name, partial(_tried, bench, lambda: Mosquitto(bench))
        missing = list(NOT_PACKAGED)
        try:
            programs = erlang_brokers.get(bench.stack.project, bench.stack.report)
        except Problem as problem:
            bench.stack.report.warn(problem.text())
            missing = [RabbitMq.name, Ejabberd.name, *missing]
        else:
            for kind in (RabbitMq, Ejabberd):
                folder = bench.stack.state / FOLDER / kind.name.lower()
                log = bench.stack.log / f"{kind.name.lower()}.log"
                yield kind.name, partial(_tried, bench, partial(kind, programs, folder, log))
        names = ", ".join(missing)
        bench.stack.report.say(f"Not tried, since there are no packages of them: {names}.")


def _tried(bench: Bench, make: Callable[[], Tried]) -> list[Figure]:
    broker = make()
    broker.start()
    try:
        with Line(bench.stack, Records(bench.stack)) as line:
            trial = Trial(broker, line, lambda text: bench.stack.report.say(f"             {text}"))
            try:
                return trial.run()
            finally:
                trial.close()
    finally:
        broker.stop()


GROUP = Brokers()
