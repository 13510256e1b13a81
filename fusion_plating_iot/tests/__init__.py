from . import (
    test_holds,
    test_http,
    test_ingest,
    test_reading_log,
    test_security,
    test_sensor,
    test_token,
)
