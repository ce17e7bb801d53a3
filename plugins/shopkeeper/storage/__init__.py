"""A home over time: what is removed after its retention, backups, and restoring one.

Ask here for what concerns all files of a home at once. What one file means belongs to the room that wrote it.
"""

from shopkeeper.storage.backup import Backup, back_up
from shopkeeper.storage.maintenance import Maintenance, Removed, maintain
from shopkeeper.storage.restoring import Restored, restore

__all__ = ["Backup", "Maintenance", "Removed", "Restored", "back_up", "maintain", "restore"]
