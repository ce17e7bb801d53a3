"""What each system drops: its formats, ids, habits and faults, over the simulated tables of a day.

The simulation calls ``Exports(world, memory).of_day(day, tables, hourly)`` once a day, in order. ``day`` is
the local date of each market; ``tables`` holds the rows of that day, by name. What comes back are the files
that arrive on that day, late ones among them. ``memory`` is what the systems must remember between two days
(late files, snapshots, order statuses shown): Arrow tables and plain values, kept by the caller.
"""

from shopkeeper.demo.omnichannel.files.exports import Exports

__all__ = ["Exports"]
