from odoo.addons.fusion_base.tests.people import suite_models
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import TankCase
from .suite_walk import suite_views

OFF = ("0", "false", "False")


@tagged("post_install", "-at_install")
class TestReadingAnalysis(TankCase):
    """Readings are summed up by parameter, and never across units."""

    def setUp(self):
        super().setUp()
        ph = self.env["fusion.plating.bath.parameter"].create({"bath_id": self.bath.id, "quantity": "ph"})
        self.ph = self._make_sensor("ph-1", parameter_id=ph.id, device_kind="transmitter")
        self.ingest_series(80.0, 82.0, 95.0)
        self.ingest_series(4.0, 5.0, serial="ph-1")
        self.domain = [("sensor_id", "in", (self.sensor | self.ph).ids)]
        self.Reading = self.env["fp.tank.reading"]

    def test_no_figure_across_units(self):
        figures = ["value:avg", "value_min:min", "value_max:max", "__count"]
        ((average, low, high, count),) = self.Reading._read_group(self.domain, [], figures)
        self.assertEqual((average, low, high, count), (False, False, False, 5))
        found = {row[0]: row[1:] for row in self.Reading._read_group(self.domain, ["parameter_id"], figures)}
        self.assertEqual(found[self.ph.parameter_id], (4.5, 4.0, 5.0, 2))
        self.assertEqual(found[self.parameter][1:], (80.0, 95.0, 3))

    def test_the_pivot_begins_with_the_parameter(self):
        arch = self.Reading.get_view(view_type="pivot")["arch"]
        fields = self.Reading.fields_get()
        names = [part.split('"')[0] for part in arch.split('name="')[1:]]
        self.assertEqual(names[0], "parameter_id")
        aggregators = [fields[name]["aggregator"] for name in ("value_min", "value", "value_max")]
        self.assertEqual(aggregators, ["min", "avg", "max"])
        self.assertNotIn("in_spec", names)

    def test_the_judgement_in_words(self):
        self.ingest(self.measurement(-127.0, 600))
        groups = dict(self.Reading._read_group(self.domain, ["judgement"], ["__count"]))
        self.assertEqual(groups, {"in_spec": 2, "out_of_spec": 1, "not_judged": 3})
        for name, count in groups.items():
            rows = self.Reading.search([*self.domain, ("judgement", "=", name)])
            self.assertEqual((len(rows), set(rows.mapped("judgement"))), (count, {name}))


@tagged("post_install", "-at_install")
class TestLog(TankCase):
    """What only grows is neither imported nor duplicated, and those who work with it may take it with them."""

    def logs(self):
        """Models that nobody may change: what is in them only comes and stays."""
        access = self.env["ir.model.access"].search([("active", "=", True)])
        changed = {row.model_id.model for row in access if row.perm_write}
        added = {row.model_id.model for row in access if row.perm_create}
        return [name for name in suite_models(self.env) if name not in changed and name in added]

    def test_a_log_is_not_imported_or_duplicated(self):
        self.assertIn("fp.tank.reading", self.logs())
        for view, root in suite_views(self.env, "list", "kanban", "form"):
            if view.model not in self.logs() or root.get("create") in OFF:
                continue
            with self.subTest(view=view.xml_id):
                if root.tag != "form":
                    self.assertIn(root.get("import"), OFF)
                if root.tag != "kanban":
                    self.assertIn(root.get("duplicate"), OFF)

    def test_a_copy_is_refused_with_a_word(self):
        self.ingest_series(95.0)
        with self.assertRaisesRegex(UserError, "not duplicated"):
            self.readings().copy()
        with self.assertRaisesRegex(UserError, "not imported"):
            self.env["fp.tank.reading"].load(["sensor_id/.id", "value"], [[str(self.sensor.id), "80"]])
        self.assertEqual(len(self.readings()), 1)

    def test_operators_and_quality_export_what_is_theirs(self):
        self.ingest_series(80.0, 95.0)
        company = self.env["res.company"].create({"name": "Foreign works"})
        for group in ("fusion_plating.group_plating_operator", "fusion_plating.group_plating_quality"):
            user = new_test_user(self.env, login=group, groups=group)
            rows = (
                self.readings().with_user(user).export_data(["read_at", "tank_id", "value", "unit"])["datas"]
            )
            self.assertEqual([row[2:] for row in rows], [[80.0, "°C"], [95.0, "°C"]])
            self.assertTrue(self.holds().with_user(user).export_data(["name", "tank_id"])["datas"])
        stranger = new_test_user(
            self.env,
            login="export elsewhere",
            groups="fusion_plating.group_plating_quality",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        with self.assertRaises(AccessError):
            self.readings().with_user(stranger).export_data(["value"])


@tagged("post_install", "-at_install")
class TestEmptyScreens(TankCase):
    """What a screen says when it has nothing to show is true of a search that finds nothing as well."""

    def test_no_claim_about_all_there_is(self):
        untrue = r"(?i)\b(first|yet|nobody|everybody|nothing|no tank)\b"
        found = 0
        for action in self.env["ir.actions.act_window"].search([("res_model", "in", suite_models(self.env))]):
            title = (action.help or "").partition("<p class=")[2].partition("</p>")[0].partition(">")[2]
            found += bool(title)
            with self.subTest(action=action.xml_id):
                self.assertNotRegex(title, untrue)
        self.assertGreater(found, 15)
