from . import test_ingest, test_nudge, test_plain_json
