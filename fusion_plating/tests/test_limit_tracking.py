from .common import PlatingCommon


class TestLimitTracking(PlatingCommon):
    def setUp(self):
        super().setUp()
        self.run_tracking()

    def changes(self):
        """What the thread of the parameter says about limits, oldest first."""
        self.run_tracking()
        values = self.parameter.message_ids.sudo().tracking_value_ids.sorted("id")
        return [
            (entry["fieldInfo"]["changedField"], entry["oldValue"], entry["newValue"])
            for value in values
            for entry in value._tracking_value_format()
        ]

    def test_a_changed_limit(self):
        self.parameter.target_max = 92.5
        self.assertEqual(self.changes(), [("Spec max", "91", "92.5")])

    def test_no_limit_is_a_dash(self):
        self.parameter.write({"action_max": False})
        self.run_tracking()
        self.parameter.write({"action_max": 90.5})
        self.assertEqual(self.changes(), [("Action max", "90", "–"), ("Action max", "–", "90.5")])

    def test_from_none_to_zero_and_back(self):
        self.parameter.write({"action_min": False, "target_min": False})
        self.changes()
        self.parameter.target_min = 0.0
        self.assertEqual(self.changes()[-1], ("Spec min", "–", "0"))
        self.parameter.target_min = False
        self.assertEqual(self.changes()[-1], ("Spec min", "0", "–"))

    def test_nothing_changed(self):
        self.parameter.write({"target_max": 91.0})
        self.assertEqual(self.changes(), [])

    def test_a_context_cannot_switch_it_off(self):
        silent = self.parameter.with_user(self.quality).with_context(tracking_disable=True, mail_notrack=True)
        silent.write({"target_max": 95.0, "limit_reason": "Test"})
        self.assertEqual(self.changes(), [("Spec max", "91", "95")])

    def test_the_thread_shows_it_as_text(self):
        self.parameter.target_max = False
        self.run_tracking()
        value = self.parameter.message_ids.sudo().tracking_value_ids
        [entry] = value._tracking_value_format()
        self.assertEqual(entry["fieldInfo"]["fieldType"], "char")
