from . import models, wizards
from .hooks import install_runtime, uninstall_hook
