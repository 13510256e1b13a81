from . import fusion_kept_mixin, mail_message
