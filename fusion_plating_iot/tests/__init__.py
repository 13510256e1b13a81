from . import (
    test_holds,
    test_hoot,
    test_http,
    test_ingest,
    test_lock_order,
    test_places,
    test_reading_log,
    test_security,
    test_sensor,
    test_token,
    test_tours,
    test_trend,
)
