"""Reads DS18B20 probes on a 1-Wire bus, and brings every reading to Odoo by way of the queue.

Runs on Python 3.9, as everything that a device carries.
"""
