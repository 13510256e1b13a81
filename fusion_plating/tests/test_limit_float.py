import math

from .common import PlatingCommon


class TestLimitFloat(PlatingCommon):
    """Empty and 0 stay two things on every way in and out."""

    def column(self, name="target_min"):
        self.parameter.flush_recordset()
        self.env.cr.execute(
            f"SELECT {name} FROM fusion_plating_bath_parameter WHERE id = %s", [self.parameter.id]
        )
        return self.env.cr.fetchone()[0]

    def open_lower_limits(self):
        self.parameter.write({"action_min": False, "target_min": False})

    def test_empty_is_null_and_false(self):
        for empty in (False, None, ""):
            with self.subTest(empty=empty):
                self.parameter.write({"target_min": 1.0, "action_min": False})
                self.parameter.target_min = empty
                self.assertIs(self.parameter.target_min, False)
                self.assertIsNone(self.column())
                self.parameter.invalidate_recordset()
                self.assertIs(self.parameter.target_min, False)

    def test_zero_is_a_limit(self):
        self.open_lower_limits()
        self.parameter.target_min = 0
        self.assertEqual(self.column(), 0.0)
        self.parameter.invalidate_recordset()
        self.assertIsInstance(self.parameter.target_min, float)
        self.assertEqual(self.parameter.target_min, 0.0)

    def test_from_empty_to_zero_and_back_is_written(self):
        self.open_lower_limits()
        self.assertIsNone(self.column())
        self.parameter.write({"target_min": 0.0})
        self.assertEqual(self.column(), 0.0)
        self.parameter.write({"target_min": False})
        self.assertIsNone(self.column())

    def test_kept_exactly(self):
        self.parameter.write({"target_min": 0.1 + 0.2, "action_min": False})
        self.assertEqual(self.column(), 0.1 + 0.2)

    def test_web_save(self):
        specification = {"target_min": {}, "target_max": {}}
        [saved] = self.parameter.web_save({"target_min": False, "action_min": False}, specification)
        self.assertEqual(saved, {"id": self.parameter.id, "target_min": False, "target_max": 91.0})
        self.assertIs(saved["target_min"], False)
        [saved] = self.parameter.web_save({"target_min": 0}, specification)
        self.assertIsInstance(saved["target_min"], float)
        [read] = self.parameter.web_read(specification)
        self.assertIsInstance(read["target_min"], float)
        self.assertEqual(read["target_min"], 0.0)

    def test_web_save_of_a_new_record(self):
        Parameter = self.env["fusion.plating.bath.parameter"]
        [saved] = Parameter.web_save(
            {"bath_id": self.bath.id, "quantity": "ph", "target_max": 0, "target_min": False},
            {"target_min": {}, "target_max": {}, "action_max": {}},
        )
        self.assertIs(saved["target_min"], False)
        self.assertIs(saved["action_max"], False)
        self.assertIsInstance(saved["target_max"], float)

    def test_onchange_starts_empty(self):
        values = self.env["fusion.plating.bath.parameter"].onchange({}, [], {"target_min": {}})["value"]
        self.assertIs(values["target_min"], False)

    def test_type_for_the_client(self):
        description = self.parameter.fields_get(["target_min"], ["type", "aggregator"])["target_min"]
        self.assertEqual(description["type"], "float")
        self.assertFalse(description.get("aggregator"))

    def test_search_and_filter_agree(self):
        Parameter = self.env["fusion.plating.bath.parameter"]
        bath_id = self.bath.id
        records = self.parameter | Parameter.create(
            [
                {"bath_id": bath_id, "quantity": "ph"},
                {"bath_id": bath_id, "quantity": "ph", "target_min": 0.0},
                {"bath_id": bath_id, "quantity": "ph", "target_min": -2.0},
            ]
        )
        cases = [
            ([("target_min", "=", False)], {False}),
            ([("target_min", "!=", False)], {85.0, 0.0, -2.0}),
            ([("target_min", "=", 0.0)], {0.0}),
            ([("target_min", "=", 85)], {85.0}),
            ([("target_min", "!=", 85)], [False, 0.0, -2.0]),
            ([("target_min", "in", [85, -2])], {85.0, -2.0}),
            ([("target_min", "<", 1)], {0.0, -2.0}),
            ([("target_min", ">", -3)], {85.0, 0.0, -2.0}),
            ([("target_min", ">=", 0)], {85.0, 0.0}),
            (["!", ("target_min", "<", 1)], {85.0, False}),
        ]
        for domain, expected in cases:
            with self.subTest(domain=domain):
                found = Parameter.search([("id", "in", records.ids), *domain]).mapped("target_min")
                # False == 0.0, so a set of the values themselves would not tell them apart
                self.assertEqual({repr(item) for item in found}, {repr(item) for item in expected})
                filtered = records.filtered_domain(domain).mapped("target_min")
                self.assertEqual({repr(item) for item in filtered}, {repr(item) for item in expected})

    def test_copy_keeps_the_difference(self):
        self.parameter.write({"target_min": 0.0, "action_min": False})
        copy = self.parameter.copy()
        self.assertIsInstance(copy.target_min, float)
        self.assertIs(copy.action_min, False)

    def test_export(self):
        self.parameter.write({"target_min": 0.0, "action_min": False})
        self.assertEqual(self.parameter.export_data(["target_min", "action_min"])["datas"], [[0.0, ""]])

    def test_not_a_number(self):
        for value in (math.nan, math.inf, -math.inf, "warm"):
            with self.subTest(value=value), self.assertRaises(ValueError):
                self.parameter.write({"target_max": value})
