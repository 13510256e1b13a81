"""The stock client of the IoT Box, as this machine can run it: Odoo calls such a machine a test system."""
