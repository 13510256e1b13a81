from . import test_sealing, test_secrets, test_walk
