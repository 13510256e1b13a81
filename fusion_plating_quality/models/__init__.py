from . import (
    fusion_plating_quality_hold,
    fusion_plating_quality_hold_decision,
    fusion_plating_quality_hold_guard,
    fusion_plating_quality_hold_raising,
    fusion_plating_tank,
)
