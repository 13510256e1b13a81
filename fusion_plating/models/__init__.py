from . import fusion_plating_limit_mixin
from . import mail_tracking_value
from . import fusion_plating_line
from . import fusion_plating_tank
from . import fusion_plating_bath
from . import fusion_plating_bath_parameter
