"""The `shopkeeper` command: translates between the terminal and calls of the rooms.

Add a verb here if a room does the work; nothing is computed here.
"""

from shopkeeper.cli.failures import main

__all__ = ["main"]
