from . import fusion_kept_mixin, fusion_secret, fusion_secret_mixin, ir_config_parameter, mail_message
