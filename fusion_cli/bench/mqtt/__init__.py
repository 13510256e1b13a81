"""The two ends that the runtime is measured between, and what it is compared with."""
