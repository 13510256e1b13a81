"""What every pytest run in this checkout has, whatever it is given: it says how far it is, and ends what hangs."""

pytest_plugins = ["fusion_cli.testing.watch", "fusion_cli.testing.live", "fusion_cli.testing.spread"]
