import re
from collections import defaultdict
from pathlib import Path
from unittest.mock import patch

from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL

from .. import growing
from ..growing import widen_id
from .people import NOBODY, SUITE, declarations, suite_models

INSERT = re.compile(r"INSERT INTO (\w+)")
HAS_BIGSERIAL = {"iot.power.log", "iot.power.journal"}
"""These make their tables themselves."""
NARROW = {
    "iot.runtime.worker": "a row a worker; its id is the key of an advisory lock, which has 32 bits",
    "iot.keyboard.layout": "a row a layout of a keyboard",
    "iot.box": "a row a box, made by its pairing",
}
"""What nobody, or SQL, makes and has ids of 32 bits all the same."""
USUAL_FILTERS = {
    "fp.tank.reading": ["sensor_id", "tank_id"],
    "mqtt.session": ["device_id"],
    "iot.power.log": ["device_id"],
    "mqtt.message": ["connection_id"],
    "mqtt.discovery": ["connection_id"],
    "iot.device.channel": ["device_id"],
    "iot.command": ["device_id"],
}
"""What these are listed of: one record's."""

_COLUMNS = """
    SELECT class.relname, attribute.attname
      FROM pg_constraint key
      JOIN pg_class class ON class.oid = key.conrelid
      JOIN pg_attribute attribute ON attribute.attrelid = class.oid AND attribute.attnum = ANY(key.conkey)
     WHERE key.contype = 'f' AND key.confrelid = %s::regclass AND attribute.atttypid != 'bigint'::regtype
"""


@tagged("post_install", "-at_install")
class TestGrowing(TransactionCase):
    """What devices fill has ids that last, and lists that do not read all of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.growing = [
            cls.env[name]
            for name in suite_models(cls.env)
            if name in HAS_BIGSERIAL or hasattr(cls.env[name], "_stays_small")
        ]

    def type_of(self, table, column):
        self.env.cr.execute(
            "SELECT data_type FROM information_schema.columns WHERE table_name = %s AND column_name = %s",
            [table, column],
        )
        return self.env.cr.fetchone()[0]

    def test_ids_have_64_bits(self):
        for model in self.growing:
            with self.subTest(model=model._name):
                self.assertEqual(self.type_of(model._table, "id"), "bigint")
                self.env.cr.execute(
                    "SELECT max_value FROM pg_sequences WHERE sequencename = %s", [f"{model._table}_id_seq"]
                )
                self.assertEqual(self.env.cr.fetchone(), (2**63 - 1,))

    def test_so_has_what_refers_to_them(self):
        names = {model._name for model in self.growing}
        for model in self.growing:
            self.env.cr.execute(_COLUMNS, [model._table])
            self.assertEqual(self.env.cr.fetchall(), [], f"foreign keys to {model._name}")
        for name in suite_models(self.env):
            for field in self.env[name]._fields.values():
                if field.type == "many2one" and field.store and field.comodel_name in names:
                    self.assertEqual(field.column_type[0], "int8", field)

    def test_an_older_database_is_widened_by_an_update(self):
        cr = self.env.cr
        names = {model._name for model in self.growing} - HAS_BIGSERIAL
        references = [
            field
            for name in suite_models(self.env)
            for field in self.env[name]._fields.values()
            if field.type == "many2one" and field.store and field.comodel_name in names
        ]
        columns = {(self.env[name]._table, "id") for name in names}
        columns |= {(self.env[field.model_name]._table, field.name) for field in references}
        for table, column in sorted(columns):
            cr.execute(SQL("ALTER TABLE %s ALTER %s TYPE int", SQL.identifier(table), SQL.identifier(column)))
        by_module = defaultdict(set)
        for name in names | {field.model_name for field in references}:
            by_module[self.env[name]._original_module].add(name)
        for module, found in by_module.items():
            self.registry.init_models(cr, sorted(found), {"module": module})
        self.assertEqual({self.type_of(*column) for column in columns}, {"bigint"})

    def test_what_is_written_by_sql_is_one_of_them(self):
        """Devices have their rows written by SQL: a new table must not be forgotten."""
        by_table = {self.env[name]._table: name for name in suite_models(self.env)}
        written = set()
        for addon in self.env.registry._init_modules:
            if not addon.startswith(SUITE):
                continue
            for path in Path(get_module_path(addon)).rglob("*.py"):
                if not {"tests", "migrations"} & set(path.parts):
                    written |= {
                        by_table[table] for table in INSERT.findall(path.read_text()) if table in by_table
                    }
        self.assertEqual(written - {model._name for model in self.growing} - NARROW.keys(), set())

    def test_what_nobody_makes_is_one_of_them(self):
        """Of what no person makes, a device makes the rows, or a job does."""
        made = {
            name
            for name, parts in declarations(self.env)[0].items()
            if all(part.creators == NOBODY for part in parts) and self.env[name]._auto
        }
        self.assertEqual(made - {model._name for model in self.growing} - NARROW.keys(), set())

    def test_the_default_order_has_an_index(self):
        """As PostgreSQL itself says, for the query of a list."""
        self.plan_without("seqscan", "bitmapscan", "sort")
        for model in self.growing:
            # The journal is no list: what is in it is gone within a minute.
            if getattr(model, "_stays_small", "") or model._name == "iot.power.journal":
                continue
            with self.subTest(model=model._name):
                plan = self.plan(model, [])
                self.assertIn("Index", plan)
                self.assertNotIn("Sort", plan)

    def test_the_usual_filter_has_an_index(self):
        self.plan_without("seqscan")
        for model in self.growing:
            for name in USUAL_FILTERS.get(model._name, ()):
                with self.subTest(model=model._name, filter=name):
                    self.assertRegex(self.plan(model, [(name, "=", 1)]), rf"Index Cond: \(.*\b{name} = 1")

    def plan_without(self, *ways):
        """Where no index serves, such a way is planned all the same."""
        for way in ways:
            self.env.cr.execute(f"SET LOCAL enable_{way} = off")

    def plan(self, model, domain):
        query = model.sudo()._search(domain, order=model._order, limit=80)
        rows = self.env.execute_query(SQL("EXPLAIN %s", query.select()))
        return "\n".join(line for (line,) in rows)

    def test_a_table_is_widened_and_the_log_says_so(self):
        cr = self.env.cr
        cr.execute("CREATE TABLE test_growing (id serial PRIMARY KEY, value int)")
        cr.execute("INSERT INTO test_growing (value) SELECT generate_series(1, 20000)")
        with patch.object(growing, "WORTH_SAYING", 1000), patch.object(growing, "_logger") as log:
            widen_id(cr, "test_growing")
        log.info.assert_called_once()  # where nobody has counted them yet
        cr.execute("ALTER TABLE test_growing ALTER COLUMN id TYPE int")
        cr.execute("DELETE FROM test_growing WHERE id > 2000")
        cr.execute("ANALYZE test_growing")
        with patch.object(growing, "WORTH_SAYING", 2000), patch.object(growing, "_logger") as log:
            widen_id(cr, "test_growing")
        [(text, *values)] = [call.args for call in log.info.call_args_list]
        self.assertIn("about 2,000 rows", text % tuple(values))
        self.assertEqual(self.type_of("test_growing", "id"), "bigint")
        cr.execute("SELECT setval('test_growing_id_seq', %s)", [2**31 - 1])
        cr.execute("INSERT INTO test_growing (value) VALUES (8) RETURNING id")
        self.assertEqual(cr.fetchone(), (2**31,))
        with patch.object(growing, "_logger") as log:
            widen_id(cr, "test_growing")
        log.info.assert_not_called()
