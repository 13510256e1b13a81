from . import controllers, models, wizards
from .hooks import install_runtime
