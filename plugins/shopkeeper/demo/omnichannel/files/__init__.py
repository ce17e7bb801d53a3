"""What each system drops: its formats, ids, habits and faults, over the simulated tables of a day.

The command calls ``Exports(...).of_shard(lived, hourly)`` for each shard of persons on each day, in order.
``lived.tables`` holds the rows of the local day of each market, by name. What comes back with a day's last
shard are the files that arrive on that day, late ones among them.
"""

from shopkeeper.demo.omnichannel.files.exports import Exports

__all__ = ["Exports"]
