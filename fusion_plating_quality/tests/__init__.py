from . import (
    test_decision,
    test_hold,
    test_responsible,
    test_rpc,
    test_security,
    test_severity,
    test_tank,
)
