from . import test_alert, test_equipment, test_overview, test_security
