"""A ledger of readings: what was acknowledged to those who sent them is stored, once, and led to the right holds.

The end-to-end tests and the benchmark share it. `line` has probes behind a running stack, `publisher` and `poster` send
what they measure and note what was acknowledged, `holds` is a model of what must have followed, and `faults` kills
servers meanwhile.
"""
