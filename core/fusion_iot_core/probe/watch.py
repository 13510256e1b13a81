"""Measuring all probes on the bus, each on its own."""

from __future__ import annotations

import logging
import queue
import threading
import time
from typing import Callable, Protocol

from ..queue.sample import Moment, Sample
from ..queue.saying import Saying
from .ds18b20 import FAULT, Ds18b20, ProbeError, ProbeGone

_logger = logging.getLogger(__name__)

MOST_PROBES = 200


class BusLike(Protocol):
    """What is asked of a bus."""

    def serials(self) -> list[str]:
        """The probes that are there now. Raises `OSError` where there is no bus."""
        ...

    def read(self, serial: str) -> str:
        """The text of a probe's `w1_slave`."""
        ...


class Watch:
    """Has every probe on the bus measured once a round. A probe that hangs keeps nobody else waiting.

    What is measured goes into `samples`; a probe that is there and cannot be measured is reported as −127 °C, unless
    `faults` is false. For use by one thread; the reading is done by others.

    :param timeout: seconds that a probe has for an answer
    """

    def __init__(
        self,
        bus: BusLike,
        moment: Callable[[], Moment],
        *,
        timeout: float,
        faults: bool = True,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.samples: queue.SimpleQueue[Sample] = queue.SimpleQueue()
        self._bus = bus
        self._moment = moment
        self._timeout = timeout
        self._faults = faults
        self._monotonic = monotonic
        self._probes: dict[str, _ProbeThread] = {}
        self._present: frozenset[str] = frozenset()
        self._no_bus = Saying(monotonic)

    @property
    def present(self) -> frozenset[str]:
        """The probes that were there in the last round."""
        return self._present

    @property
    def busy(self) -> bool:
        """Whether a probe that is there has not answered yet, and still may."""
        return any(
            thread.busy_for() is not None and not thread.overdue
            for serial, thread in self._probes.items()
            if serial in self._present
        )

    def round(self) -> None:
        """See who is there, and have each measured that is not being measured still."""
        self._look()
        for serial in sorted(self._present):
            thread = self._probes[serial]
            busy = thread.busy_for()
            if busy is None:
                thread.measure()
            elif thread.overdue:
                self._report(serial, thread, f"no answer for {busy:.0f} s")

    def _look(self) -> None:
        try:
            found = frozenset(self._bus.serials()[:MOST_PROBES])
        except OSError as error:
            found = frozenset()
            if self._no_bus.due(str(error)):
                _logger.error("There is no 1-Wire bus (%s). Is w1-gpio switched on?", error)
        else:
            if self._no_bus.over():
                _logger.info("The 1-Wire bus is there.")
        for serial in sorted(found - self._present):
            _logger.info("Probe %s is there.", serial)
            if serial not in self._probes:
                self._probes[serial] = _ProbeThread(self, serial)
        for serial in sorted(self._present - found):
            _logger.warning("Probe %s is gone.", serial)
        for serial in self._probes.keys() - found:
            if self._probes[serial].busy_for() is None:
                self._probes.pop(serial).end()
        self._present = found

    def _report(self, serial: str, thread: _ProbeThread, reason: str) -> None:
        if thread.trouble.due(reason.split(" for ")[0]):
            _logger.warning("Probe %s cannot be measured: %s.", serial, reason)
        if self._faults:
            self.samples.put(Sample(serial, FAULT, self._moment()))


class _ProbeThread:
    """Measures one probe when told to. It may never come back from a read; then it is left to itself."""

    def __init__(self, watch: Watch, serial: str) -> None:
        self._watch = watch
        self._serial = serial
        self._probe = Ds18b20(self._read, watch._monotonic)
        self._orders: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._since: float | None = None
        self.trouble = Saying(watch._monotonic)
        threading.Thread(target=self._run, name=f"probe {serial}", daemon=True).start()

    @property
    def overdue(self) -> bool:
        """Whether its answer would come too late."""
        return (self.busy_for() or 0.0) > self._watch._timeout

    def busy_for(self) -> float | None:
        """For how many seconds it has been measuring; None while it is not."""
        since = self._since
        return None if since is None else self._watch._monotonic() - since

    def measure(self) -> None:
        """Measure now; returns at once."""
        self._since = self._watch._monotonic()
        self._orders.put(True)

    def end(self) -> None:
        """Measure no more."""
        self._orders.put(False)

    def _read(self) -> str:
        return self._watch._bus.read(self._serial)

    def _run(self) -> None:
        while self._orders.get():
            try:
                self._measure()
            except ProbeGone:
                pass  # the next round sees that
            except ProbeError as error:
                if not self.overdue:
                    self._watch._report(self._serial, self, str(error))
            except Exception:  # a mistake in here must not be the end of this probe
                _logger.exception("Probe %s.", self._serial)
            self._since = None

    def _measure(self) -> None:
        value = self._probe.measure()
        taken = self._watch._moment()
        if self.overdue:
            _logger.warning("Probe %s answered after %.0f s: too late.", self._serial, self.busy_for() or 0.0)
            return
        if self.trouble.over():
            _logger.info("Probe %s can be measured again.", self._serial)
        self._watch.samples.put(Sample(self._serial, value, taken))
