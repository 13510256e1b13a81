def uninstall_hook(env):
    """Take away what Odoo does not know of: the function of the trigger on the log, which went with its table."""
    env.cr.execute("DROP FUNCTION IF EXISTS fp_tank_reading_append_only() CASCADE")
