from . import models, wizards
from .runtime.hook import install as install_runtime
