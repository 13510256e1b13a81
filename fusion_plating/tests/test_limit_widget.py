from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestLimitWidget(HttpCase):
    """The form keeps an emptied limit empty and a typed 0 a limit."""

    def test_empty_and_zero(self):
        new_test_user(
            self.env, login="fp_limits", password="fp_limits", groups="fusion_plating.group_plating_quality"
        )
        parameter = self.env["fusion.plating.bath.parameter"].create(
            {"name": "Tour parameter", "target_min": -2.2, "target_max": 4.0, "action_max": 3.0}
        )
        tour = "fusion_plating_limit_field"
        self.start_tour("/odoo/plating-parameters", tour, login="fp_limits", timeout=600)
        parameter.invalidate_recordset()
        self.assertIs(parameter.target_min, False)
        self.assertIs(parameter.action_max, False)
        self.assertIsInstance(parameter.target_max, float)
        self.assertEqual(parameter.target_max, 0.0)
