from . import models, plain_json
