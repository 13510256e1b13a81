from odoo import api, fields, models

MAX_LAYOUTS = 2000


class IotKeyboardLayout(models.Model):
    """A layout that the keyboards and scanners on a box can be set to."""

    _name = "iot.keyboard.layout"
    _description = "Keyboard Layout"
    _order = "name, layout, variant"

    name = fields.Char(required=True, readonly=True)
    layout = fields.Char(required=True, readonly=True)
    variant = fields.Char(required=True, readonly=True, default="")

    _layout_unique = models.UniqueIndex("(layout, variant)", "This layout is listed already.")

    @api.model
    def _take(self, layouts):
        """Add the layouts that are not listed yet: ``(layout, variant): name``."""
        known = {(item.layout, item.variant or "") for item in self.search([])}
        new = [
            {"layout": layout, "variant": variant, "name": name}
            for (layout, variant), name in layouts.items()
            if (layout, variant) not in known
        ]
        self.create(new[: max(0, MAX_LAYOUTS - len(known))])
