from . import test_device, test_security
