"""Which session strategies this engine runs."""

ENGINE_STRATEGIES = ("power_threshold",)
"""The sessions of machines of any other strategy are made elsewhere, by a bridge for instance: the engine neither hears
nor stores anything of them."""
