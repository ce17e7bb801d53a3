"""The `shopkeeper` command: words on a terminal to calls of the rooms, and back.

A new verb is welcome where a room does the work; nothing is computed here.
"""

from shopkeeper.cli.failures import main

__all__ = ["main"]
