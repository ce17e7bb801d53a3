"""A home over time: what is removed after its retention, backups, and restoring one.

Ask here for what concerns all files of a home at once. What one file means belongs to the room that wrote it.
"""

from shopkeeper.storage.maintenance import Maintenance, Removed, maintain

__all__ = ["Maintenance", "Removed", "maintain"]
