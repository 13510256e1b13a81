from unittest.mock import Mock, patch

from odoo.tests import BaseCase

from ..runtime import committer
from ..runtime.committer import Committer, Retry
from ..runtime.kinds import Tenure


class TestCommitter(BaseCase):
    def setUp(self):
        super().setUp()
        self.committer = Committer(Tenure("a_database", 1, 1))

    def test_modules_that_cannot_be_loaded_are_not_the_fault_of_a_message(self):
        work = Mock()
        for error in (ImportError("no module"), KeyError("mqtt.intake")):
            with (
                patch.object(committer, "Registry"),
                patch.object(committer, "current_registry", side_effect=error),
                self.assertRaises(Retry) as caught,
            ):
                self.committer.commit("batch", b"", work)
            self.assertIn("cannot be loaded", str(caught.exception))
        work.assert_not_called()

    def test_an_unfinished_change_of_modules_is_no_excuse_for_ever(self):
        registry = Mock(registry_sequence=7)
        with (
            patch.object(self.committer, "rows", return_value=[(True, 7)]),
            patch.object(committer.time, "monotonic") as clock,
        ):
            clock.return_value = 1000.0
            self.assertTrue(self.committer._outdated(registry))
            clock.return_value += committer.CHANGE_LASTS_S + 1
            self.assertFalse(self.committer._outdated(registry))

    def test_a_registry_of_before_is_an_excuse(self):
        for sequence, outdated in ((7, False), (8, True), (7, False)):
            with patch.object(self.committer, "rows", return_value=[(False, sequence)]):
                self.assertEqual(self.committer._outdated(Mock(registry_sequence=7)), outdated)
