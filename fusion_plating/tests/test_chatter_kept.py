from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PlatingCommon


@tagged("post_install", "-at_install")
class TestChatterKept(PlatingCommon):
    """Nobody can edit or delete what the chatter says of a change, whatever their rights on the record."""

    def changed(self):
        """The message about a change that somebody of quality has made."""
        self.run_tracking()
        self.parameter.with_user(self.quality).write({"target_max": 92.0, "limit_reason": "New sheet"})
        self.run_tracking()
        return self.parameter.message_ids[0]

    def test_a_change_stays_as_it_was_told(self):
        message = self.changed()
        administrator = self.env.ref("base.user_admin")
        for user in (self.quality, self.manager, administrator):
            ours = message.with_user(user)
            for attempt in (
                ours.unlink,
                lambda ours=ours: ours.write({"body": "Nothing"}),
                lambda ours=ours: ours.write({"message_type": "comment"}),
                lambda ours=ours: ours.write({"author_id": self.operator.partner_id.id}),
            ):
                with self.subTest(user=user.login), self.assertRaisesRegex(AccessError, "cannot be edited"):
                    attempt()
        with self.assertRaisesRegex(AccessError, "cannot be edited"):
            message.tracking_value_ids.with_user(administrator).unlink()
        with self.assertRaisesRegex(AccessError, "cannot be edited"):
            message.tracking_value_ids.with_user(administrator).write({"old_value_float": 92.0})

    def test_a_person_corrects_a_comment_of_his_own(self):
        comment = self.tank.with_user(self.manager).message_post(body="Foam", message_type="comment")
        with self.assertRaisesRegex(AccessError, "cannot be edited"):
            comment.with_user(self.quality).write({"body": "No foam"})
        comment.with_user(self.manager).write({"body": "Much foam"})
        comment.with_user(self.manager).unlink()
        self.assertFalse(comment.exists())

    def test_it_goes_with_the_record(self):
        line = self.env["fusion.plating.bath"].create({"tank_id": self.tank.id, "state": "draft"})
        line.message_post(body="Made up")
        line.with_user(self.manager).unlink()
        self.assertFalse(line.exists())

    def test_other_records_are_as_odoo_has_them(self):
        message = self.manager.partner_id.message_post(body="Hello")
        message.with_user(self.env.ref("base.user_admin")).write({"body": "Good day"})
        self.assertIn("Good day", message.body)
