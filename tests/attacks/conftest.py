"""Hostile code is data for the tests: pytest must neither collect nor import it."""

collect_ignore_glob = ["answers/*", "files/*", "prelude.py"]
