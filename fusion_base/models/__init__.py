from . import fusion_kept_mixin
