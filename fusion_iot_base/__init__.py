from . import early, models, plain_json
