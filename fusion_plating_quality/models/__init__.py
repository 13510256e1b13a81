from . import fusion_plating_quality_hold, fusion_plating_tank
