"""A durable queue of readings: kept on the disk, sent once and in order, under the time at which they were measured.

Runs on Python 3.9, as everything that a device carries.
"""
