"""Running the tests: pytest plugins, what they start, and how they are told to hurry or to wait."""
