"""Running Odoo: its configuration, its server process, and what runs beside it."""
