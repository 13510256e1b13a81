from . import test_hoot, test_session_detector, test_session_engine
