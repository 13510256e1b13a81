"""What the suite needs from outside: system packages, Odoo's source, Python environments."""
