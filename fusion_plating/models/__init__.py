from . import fusion_plating_limit_mixin, fusion_plating_limit_reason_mixin, fusion_plating_tank_company_mixin

# isort: split
# The mixins must be known before the models that inherit from them.
from . import (
    fusion_plating_bath,
    fusion_plating_bath_parameter,
    fusion_plating_limit_change,
    fusion_plating_line,
    fusion_plating_tank,
    mail_tracking_value,
)
