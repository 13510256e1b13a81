from . import (
    test_bath,
    test_chatter_kept,
    test_limit_change,
    test_limit_float,
    test_limit_tracking,
    test_limit_widget,
    test_limits_text,
    test_line_tank,
    test_parameter,
    test_reading_digits,
    test_security,
)
