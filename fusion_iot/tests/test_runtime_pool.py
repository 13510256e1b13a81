import threading

from odoo import sql_db
from odoo.sql_db import ConnectionPool, PoolError
from odoo.tests import BaseCase
from odoo.tools import config

from ..runtime import pool as runtime_pool


class TestRuntimePool(BaseCase):
    """The web cannot take the runtime's connections to the database."""

    def setUp(self):
        super().setUp()
        runtime_pool.install()
        self.pool = ConnectionPool(2)
        self.addCleanup(self.pool.close_all)
        _name, self.info = sql_db.connection_info_for(config["db_name"][0])

    def run_as(self, name, work):
        """What ``work`` gives in a thread of this name."""
        found = []

        def run():
            try:
                found.append(work())
            except PoolError as error:
                found.append(error)

        thread = threading.Thread(target=run, name=name)
        thread.start()
        thread.join()
        return found[0]

    def test_a_full_pool_of_the_web(self):
        taken = [self.pool.borrow(self.info) for _number in range(2)]
        self.assertIsInstance(self.run_as("odoo.service.http.1", self.borrow), PoolError)
        connection = self.run_as("fusion_iot.mqtt.1", self.borrow)
        self.assertFalse(connection.closed)
        self.assertNotIn(connection, self.pool._connections)
        self.pool.give_back(connection)
        self.assertIs(self.run_as("fusion_iot.supervisor.x", self.borrow), connection, "it is used again")
        for one in taken:
            self.pool.give_back(one)
        self.assertIn(self.borrow(), taken)

    def test_all_are_closed_together(self):
        connection = self.run_as("fusion_iot.mqtt.1", self.borrow)
        self.pool.give_back(connection)
        self.pool.close_all()
        self.assertTrue(connection.closed)

    def test_it_is_bounded_too(self):
        for _number in range(2):
            self.run_as("fusion_iot.mqtt.1", self.borrow)
        self.assertIsInstance(self.run_as("fusion_iot.mqtt.1", self.borrow), PoolError)

    def borrow(self):
        return self.pool.borrow(self.info)
