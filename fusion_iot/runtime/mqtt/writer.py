"""Committing what was received, in batches."""

from __future__ import annotations

import logging
import random
import time
import uuid

from fusion_iot_core.mqtt.batch import Batch
from fusion_iot_core.mqtt.inbox import Inbox
from fusion_iot_core.mqtt.message_log import MessageLog
from fusion_iot_core.mqtt.meter import Meter
from fusion_iot_core.mqtt.reader import Intake, Reader
from fusion_iot_core.mqtt.receipts import Receipts, pack
from fusion_iot_core.mqtt.resumed import Resumed
from fusion_iot_core.mqtt.spec import MqttSpec

from ..committer import Committer, Fenced, Retry
from .surplus import Surplus

_logger = logging.getLogger(__name__)

RETRY_PAUSE_S = 0.2
LONGEST_RETRY_S = 5.0
BURIALS_TOLD_EVERY_S = 60.0


class Writer:
    """Commits the oldest messages of an inbox; a batch that cannot be committed whole is halved until what is wrong
    with it stands alone.

    :ivar reader: set before the first batch, and ``surplus`` with it
    :ivar limit: messages of the next batch, at most
    :ivar retries: how often in a row it did not work
    """

    def __init__(
        self,
        spec: MqttSpec,
        committer: Committer,
        inbox: Inbox,
        receipts: Receipts,
        resumed: Resumed,
        meter: Meter,
    ) -> None:
        self.reader: Reader | None = None
        self.surplus: Surplus | None = None
        self.log = MessageLog(spec.log_level, spec.log_keep_count, spec.log_keep_mib)
        self._committer = committer
        self._inbox = inbox
        self._receipts = receipts
        self._resumed = resumed
        self._meter = meter
        self._batch: Batch | None = None
        self._not_before = 0.0
        self._buried = 0
        self._burials_due = 0.0
        self.retries = 0
        self.use(spec)

    def use(self, spec: MqttSpec) -> None:
        """Take over other settings."""
        self._spec = spec
        self.limit = spec.batch_size
        self.log.use(spec.log_level, spec.log_keep_count, spec.log_keep_mib)

    @property
    def pending(self) -> bool:
        """Whether a batch waits to be tried again."""
        return self._batch is not None

    @property
    def pause(self) -> float:
        """Seconds before the next attempt makes sense."""
        return max(0.0, self._not_before - time.monotonic())

    def commit_next(self) -> list[int]:
        """Commit the oldest messages of the inbox, which is not empty.

        :return: packet identifiers to acknowledge. Raises :class:`Retry` when it has to be tried again later.
        """
        batch = self._batch = self._batch or self._made()
        try:
            self._commit(batch, batch.name, batch.intake, batch.entries)
        except Retry as exc:
            self._put_off(batch, exc)
            raise
        self._batch = None
        self.retries = 0
        self._meter.committed(
            batch.messages, batch.intake.problems, len(batch.messages) >= self._spec.batch_size
        )
        self.limit = self._spec.batch_size
        self._receipts.add(batch.entries, time.monotonic(), batch.new)
        return self._inbox.settle(batch.messages)

    def _made(self) -> Batch:
        messages = self._inbox.oldest(self.limit)
        new = self._resumed.new(messages)
        intake = self.reader.intake(new, messages[-1].message.received_at)
        self.surplus.learn(intake)
        intake.logged = self.log.choose(intake.readings)
        entries = pack(messages)
        return Batch(uuid.uuid4().hex, messages, intake, entries, entries if new is messages else pack(new))

    def _commit(self, batch: Batch, name: str, intake: Intake, entries: bytes) -> None:
        """Commit a batch; one that cannot be committed whole is halved until what is wrong with it stands alone."""
        spec = self._spec
        if name not in batch.broken:
            # A part of a batch has none of its repetitions.
            new = batch.new if name == batch.name and batch.new != entries else None
            try:
                self._committer.commit(
                    name, entries, lambda env: env["mqtt.intake"]._take(spec.id, self.log, intake), new
                )
                return
            except (Fenced, Retry):
                raise
            except Exception as exc:
                if not intake.readings:
                    raise
                if len(intake.readings) == 1:
                    self._bury(name, intake, entries, exc)
                    return
                batch.broken.add(name)
        for part, half in zip("ab", intake.halves(), strict=True):
            messages = [reading.inbound for reading in half.readings]
            self._commit(batch, name + part, half, pack(messages))

    def _bury(self, name: str, intake: Intake, entries: bytes, error: Exception) -> None:
        """Keep a message that cannot be processed, with its error, where people look for it."""
        self._meter.errors += 1
        text = f"{type(error).__name__}: {str(error).strip()}"
        self._tell_buried(text)
        spec = self._spec
        self._committer.commit(
            f"{name}x",
            entries,
            lambda env: env["mqtt.intake"]._bury(spec.id, self.log, intake.readings[0], text),
        )

    def _tell_buried(self, text: str) -> None:
        """Say in the log that there are such messages, once a minute; each of them is in the database."""
        self._buried += 1
        if time.monotonic() >= self._burials_due:
            what = "%s: %s message(s) could not be processed and were set aside. The last one: %s"
            _logger.info(what, self._spec.name, self._buried, text.partition("\n")[0])
            self._buried, self._burials_due = 0, time.monotonic() + BURIALS_TOLD_EVERY_S

    def _put_off(self, batch: Batch, error: Retry) -> None:
        self.retries += 1
        batch.uncertain |= not error.slow
        if error.slow and self.retries >= 2 and batch.may_change:
            self.limit = max(1, self.limit // 2)
            self._batch = None
            self.reader.tell_again()
            self._resumed.again()
        pause = min(RETRY_PAUSE_S * 2 ** min(self.retries - 1, 10), LONGEST_RETRY_S)
        self._not_before = time.monotonic() + pause * random.uniform(0.7, 1.3)
