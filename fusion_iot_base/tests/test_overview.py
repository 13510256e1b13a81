from unittest.mock import patch

from odoo.tests import TransactionCase, new_test_user, tagged

from .overview_common import OverviewMixin


@tagged("post_install", "-at_install")
class TestOverview(OverviewMixin, TransactionCase):
    """What every addon can rely on when it adds to the Overview."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = new_test_user(cls.env, "overview_stranger", "base.group_user")
        cls.overview = cls.env["iot.overview"]

    def item(self, number, level):
        partner = self.env["res.partner"].create({"name": f"Item {number}"})
        return self.overview._item(partner, level=level, kind="Test", title=partner.name)

    def test_a_user_of_no_group_sees_nothing(self):
        snapshot = self.snapshot(self.stranger)
        self.assertEqual(self.tiles(snapshot), {})
        self.assertEqual(snapshot["attention"], {"count": 0, "items": [], "groups": []})
        self.assertEqual(snapshot["guide"]["tracks"], [])

    def test_the_most_urgent_come_first_of_all_kinds(self):
        tile = self.overview._tile("few", "Few", 3, action="base.action_partner_form", level="danger")
        other = self.overview._tile("many", "Many", 9, action="base.action_partner_form")
        groups = [
            self.overview._group("one", "One", [tile], [self.item(1, "danger"), self.item(2, "warning")]),
            self.overview._group(
                "two",
                "Two",
                [other],
                [self.item(3, "danger"), *(self.item(each, "warning") for each in range(4, 14))],
            ),
            self.overview._group("three", "Three", [], [self.item(14, "warning"), self.item(15, "")]),
        ]
        with patch.object(type(self.overview), "_attention", lambda overview: groups):
            attention = self.overview._sorted_attention()
        titles = [item["title"] for item in attention["items"]]
        # No kind crowds out another: the first warning of each comes before the second of any.
        self.assertEqual(titles, [f"Item {number}" for number in (1, 3, 14, 2, 4, 5, 6, 7)])
        self.assertEqual(attention["count"], 12, "those that are not shown one by one are counted")

    def test_nothing_is_urgent_where_there_is_nothing(self):
        tile = self.overview._tile("none", "None", 0, action="base.action_partner_form", level="danger")
        self.assertEqual(tile["level"], "")

    def test_the_guide_is_hidden_for_the_user_who_hides_it(self):
        step = self.overview._step(
            "partner",
            "Partner",
            "",
            done=False,
            button="Add",
            action="base.action_partner_form",
            model="res.partner",
        )
        track = self.overview._track("track", "Track", [step])
        with patch.object(type(self.overview), "_guide", lambda overview: [track]):
            self.assertTrue(self.snapshot(self.stranger)["guide"]["shown"])
            self.overview.with_user(self.stranger).dismiss_guide()
            self.assertEqual(
                self.snapshot(self.stranger)["guide"], {"shown": False, "dismissed": True, "tracks": []}
            )
            self.assertTrue(self.snapshot(self.env.user)["guide"]["shown"])
            self.overview.with_user(self.stranger).dismiss_guide(False)
            self.assertTrue(self.snapshot(self.stranger)["guide"]["shown"])
            step["done"] = True
            self.assertFalse(self.snapshot(self.stranger)["guide"]["shown"], "done is done")
