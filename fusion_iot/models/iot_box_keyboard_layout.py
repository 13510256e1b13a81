from odoo import api, fields, models

MAX_LAYOUTS = 1000
"""A Linux knows some six hundred, variants included."""

# Every keyboard on a box sends the whole list, and so do all boxes when the power is back.
_ADD = """
    INSERT INTO iot_keyboard_layout (name, layout, variant)
    SELECT * FROM unnest(%(name)s::text[], %(layout)s::text[], %(variant)s::text[])
    ON CONFLICT (layout, variant) DO NOTHING
"""


class IotKeyboardLayout(models.Model):
    """A layout that the keyboards and scanners on a box can be set to."""

    _name = "iot.keyboard.layout"
    _description = "Keyboard Layout"
    _inherit = ["fusion.kept.mixin"]
    _order = "name, layout, variant"

    name = fields.Char(required=True, readonly=True)
    layout = fields.Char(required=True, readonly=True)
    variant = fields.Char(required=True, readonly=True, default="")

    _layout_unique = models.UniqueIndex("(layout, variant)", "This layout is listed already.")

    @api.model
    def _take(self, layouts):
        """Add the layouts that are not listed yet: ``(layout, variant): name``."""
        known = {(item.layout, item.variant or "") for item in self.search([])}
        new = sorted(key for key in layouts if key not in known)[: max(0, MAX_LAYOUTS - len(known))]
        if new:
            self.env.cr.execute(
                _ADD,
                {
                    "name": [layouts[key] for key in new],
                    "layout": [layout for layout, _variant in new],
                    "variant": [variant for _layout, variant in new],
                },
            )
            self.invalidate_model()
