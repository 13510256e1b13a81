from . import (
    test_colours,
    test_hoot,
    test_ingest,
    test_moment_text,
    test_nudge,
    test_overview,
    test_plain_json,
    test_plain_json_routes,
    test_sender,
)
