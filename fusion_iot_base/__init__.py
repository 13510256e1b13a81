# core_version comes before whatever needs the core.
from . import core_version, early, models, plain_json
