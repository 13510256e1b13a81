"""A shop full of machines whose power becomes sessions."""
