"""Test cases with a supervisor that is quicker than usual."""

import threading
from unittest.mock import patch

from odoo.addons.fusion_iot_base.tests.pace import patient
from odoo.addons.fusion_iot_base.tests.waiting import WaitingMixin
from odoo.tests import BaseCase, get_db_name

from ..runtime import held, settings, supervisor
from ..runtime.supervisor import Supervisor
from .runtime_rows import KIND, FakeKind, RuntimeRows, with_kinds

OTHER = f"{KIND}_other"
_QUICK = ((supervisor, "RECONCILE_S", 0.2), (supervisor, "TICK_S", 0.05))


class SupervisedCase(WaitingMixin, BaseCase):
    """A supervisor that knows the kinds of the test and no others; it is not started yet.

    :cvar quick: what else is quicker than usual: modules, names and values
    """

    quick = ()

    def setUp(self):
        super().setUp()
        self.rows = RuntimeRows(self)
        with_kinds(self, *self.kinds())
        for module, name, value in (*_QUICK, *self.quick):
            patcher = patch.object(module, name, value)
            patcher.start()
            self.addCleanup(patcher.stop)
        self.supervisor = Supervisor(get_db_name())
        self.addCleanup(self.stopped)

    def kinds(self):
        """Make the kinds of the test; their rows are in ``self.rows``."""
        raise NotImplementedError

    def stopped(self):
        """Stop the supervisor, and see that it ends."""
        self.supervisor.stop()
        if self.supervisor._thread.ident:
            self.supervisor.join(patient(10))
        self.assertFalse(self.supervisor.alive)

    def states(self, kind):
        return [self.rows.of(row_id, "state") for row_id in kind.row_ids]


class TwoKindsCase(SupervisedCase):
    """Two kinds with two workers each: a good one, and one that has some trouble."""

    quick = (
        (supervisor, "BEAT_S", 0.3),
        (held, "LAUNCH_AGAIN_S", 0.5),
        (settings, "LOOK_S", 0.1),
        (settings, "PATIENCE_S", 0.3),
    )

    def setUp(self):
        super().setUp()
        self.events = []

    def kinds(self):
        self.good, self.bad = FakeKind(self.rows.make(2)), FakeKind(self.rows.make(2, OTHER), OTHER)
        return self.good, self.bad

    def runs(self, *kinds):
        self.comes(lambda: all(self.states(kind) == ["connected"] * len(kind.row_ids) for kind in kinds))

    def started(self):
        self.supervisor.start()
        self.runs(self.good, self.bad)
        return [*self.good.workers, *self.bad.workers]

    def event(self):
        """Something to wait for, at the latest until the test ends."""
        event = threading.Event()
        self.addCleanup(event.set)
        self.events.append(event)
        return event
