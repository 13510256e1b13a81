"""The private PostgreSQL cluster and the databases of the suite in it."""
