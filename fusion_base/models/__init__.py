from . import (
    fusion_growing_mixin,
    fusion_kept_mixin,
    fusion_secret,
    fusion_secret_mixin,
    ir_config_parameter,
    ir_default,
    mail_message,
)
