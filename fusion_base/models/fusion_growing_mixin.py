from odoo import models

from ..growing import widen_id


class FusionGrowingMixin(models.AbstractModel):
    """A model whose rows devices make, without end: its ids have 64 bits.

    What refers to it is a :class:`..growing.GrowingReference`. Tests see to it that the default order has an index; a
    model whose table stays small says why in ``_stays_small``.
    """

    _name = "fusion.growing.mixin"
    _description = "Rows that devices make"

    _stays_small = ""
    """Why the table has few rows at any time, although ids are used up. Empty: it has not."""

    def init(self):
        super().init()
        if self._auto and not self._abstract:
            widen_id(self.env.cr, self._table)
