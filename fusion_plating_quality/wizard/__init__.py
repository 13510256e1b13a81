from . import fusion_plating_hold_decision
