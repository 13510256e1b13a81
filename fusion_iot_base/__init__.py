from . import http, models
