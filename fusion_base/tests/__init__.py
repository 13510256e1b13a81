from . import test_growing, test_parameters, test_sealing, test_secrets, test_walk
