"""One file a family: its function `order` is named in `registry`."""
