"""A kind of workers: one coroutine for each kiln."""
