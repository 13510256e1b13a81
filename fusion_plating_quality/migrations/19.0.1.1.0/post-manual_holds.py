def migrate(cr, version):
    """A hold that was raised by hand without a value out of spec counts no excursion."""
    cr.execute(
        "UPDATE fusion_plating_quality_hold SET excursion_count = 0 WHERE is_manual AND NOT is_excursion"
    )
