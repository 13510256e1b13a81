import os
import resource
from unittest.mock import patch

from odoo.tests import BaseCase, get_db_name, tagged

from ..engine import listener as module
from ..engine.listener import Listener

MANY = 1100


@tagged("post_install", "-at_install")
class TestListener(BaseCase):
    def listener(self):
        made = Listener(get_db_name())
        self.addCleanup(made.close)
        return made

    def test_it_waits_for_a_wake_up(self):
        listener = self.listener()
        listener.wake()
        with patch.object(module.select, "poll", wraps=module.select.poll) as poll:
            self.assertEqual(listener.wait(60), (False, False))
            self.assertEqual(listener.wait(0), (False, False))
        self.assertEqual(poll.call_count, 2)

    def test_a_server_with_many_connections(self):
        """File descriptors above 1,023, which select() does not know."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if hard != resource.RLIM_INFINITY and hard < 2 * MANY:
            self.fail(f"this test needs {2 * MANY} file descriptors; the limit is {hard}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * MANY, hard))
        self.addCleanup(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(MANY):
            self.addCleanup(os.close, os.open(os.devnull, os.O_RDONLY))
        listener = self.listener()
        self.assertGreater(listener._connection.fileno(), 1023)
        self.assertEqual(listener.wait(0), (False, False))
