"""The simulated tables, before any system has spoilt them: PyArrow schemas with the meaning of each column.

One table a system-independent fact; ids are plain integers, instants UTC, money in the market's own
currency. Systems' ids, spellings, encodings and faults belong to ``files``.
"""

from shopkeeper.demo.omnichannel.tables import behaviour, marketing, people, shop, voice
from shopkeeper.demo.omnichannel.tables.grammar import Codes, Table, fill, known

TABLES: dict[str, Table] = {
    table.name: table
    for room in (people, shop, behaviour, marketing, voice)
    for table in vars(room).values()
    if isinstance(table, Table)
}

__all__ = ["TABLES", "Codes", "Table", "fill", "known"]
