"""Rows that are known today and happen later: shipments, refunds, reviews, second accounts."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.scratch import Scratch


class Agenda:
    """Rows by table and day; within a day they keep the order in which they were put down."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[int, list[pa.Table]]] = {}

    def put(self, table: str, day: np.ndarray, rows: pa.Table) -> None:
        """Put rows down for their days."""
        if not len(day):
            return
        if (day[1:] < day[:-1]).any():
            order = np.argsort(day, kind="stable")
            day, rows = day[order], rows.take(pa.array(order))
        edges = np.flatnonzero(np.r_[True, day[1:] != day[:-1], True])
        days = self._rows.setdefault(table, {})
        for begin, end in pairwise(edges):
            days.setdefault(int(day[begin]), []).append(rows.slice(begin, end - begin))

    def take(self, day: int) -> dict[str, list[pa.Table]]:
        """Take the rows of a day off the agenda."""
        return {table: days.pop(day) for table, days in self._rows.items() if day in days}

    def tables(self) -> Iterator[tuple[str, pa.Table]]:
        """Return all that is still to come, each row with its ``due_day``."""
        for table, days in self._rows.items():
            parts = [
                part.append_column("due_day", pa.array(np.full(len(part), day, np.int32)))
                for day, rows in sorted(days.items())
                for part in rows
            ]
            if parts:
                yield table, pa.concat_tables(parts).unify_dictionaries().combine_chunks()

    def move_to(self, scratch: Scratch) -> None:
        """Hold what is still to come in a scratch folder."""
        self._rows = self.of({name: scratch.table(rows) for name, rows in self.tables()})._rows

    @classmethod
    def of(cls, told: dict[str, pa.Table]) -> "Agenda":
        """Return the agenda that `tables` told."""
        agenda = cls()
        for table, rows in told.items():
            days = rows["due_day"].to_numpy()
            agenda.put(table, days, rows.drop_columns(["due_day"]))
        return agenda
