from . import fusion_plating_quality_hold
from . import fusion_plating_tank
