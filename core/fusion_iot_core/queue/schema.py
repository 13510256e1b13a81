"""The tables of the store."""

from __future__ import annotations

VERSION = 1

CREATE = """
CREATE TABLE boot (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    offset_ms INTEGER
);
CREATE TABLE reading (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    serial TEXT NOT NULL,
    value REAL NOT NULL,
    boot INTEGER NOT NULL REFERENCES boot,
    up_ms INTEGER NOT NULL,
    wall_ms INTEGER NOT NULL,
    at_ms INTEGER
);
CREATE INDEX reading_of_serial ON reading (serial, key);
CREATE TABLE probe (
    serial TEXT PRIMARY KEY,
    last_ms INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE refused (
    key INTEGER PRIMARY KEY,
    serial TEXT NOT NULL,
    value REAL NOT NULL,
    at_ms INTEGER NOT NULL,
    error TEXT NOT NULL,
    message TEXT NOT NULL
);
"""
