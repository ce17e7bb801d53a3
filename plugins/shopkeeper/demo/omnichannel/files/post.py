"""How files travel: whole, late, first incomplete and then again, or cut off; which wait for their day."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.drop import File
from shopkeeper.demo.omnichannel.files.export import Export
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.parameters.dirt import Dirt
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.surroundings.days import START, date_of, day_of

LATE_DAYS = 6


@dataclass(frozen=True)
class Part:
    """A file, or a slice of one, before it is written: its place, its rows with ``row_id`` and ``dirt``, the
    day it comes, and how many rows come before these.
    """

    place: str
    rows: pa.Table
    arrives: date
    first: int = 0


def travelling(part: Part, export: Export, number: int, dirt: Dirt, draw: Randomness) -> Iterator[Part]:
    """Return a file as it comes: itself, or late, or first with rows missing and two days later whole."""
    day = day_of(part.arrives)
    ids = np.array([day * 1000 + number])
    is_cut = dirt.scale > 0 and day == dirt.truncated_day and export.place.startswith("erp/stock")
    if is_cut or (
        export.is_restated and draw.uniform("dirt/restated_file", ids)[0] < dirt.restated_file * dirt.scale
    ):
        stem, dot, suffix = part.place.partition(".")
        again = replace(part, place=f"{stem}_r2{dot}{suffix}", arrives=part.arrives + timedelta(2))
        kept = np.arange(len(part.rows))
        if is_cut:
            kept = kept[: int(0.6 * len(kept))]
        else:
            kept = kept[draw.uniform("dirt/restated_row", part.first + kept, day) < 0.9]
        story = "truncated_snapshot" if is_cut else "restated_file"
        if len(kept):
            yield replace(part, rows=_spoilt(part.rows.take(pa.array(kept)), story))
        yield again
    elif draw.uniform("dirt/late_file", ids)[0] < dirt.late_file * dirt.scale:
        wait = 1 + int(draw.uniform("dirt/late_days", ids)[0] * LATE_DAYS)
        yield replace(part, rows=_spoilt(part.rows, "late_file"), arrives=part.arrives + timedelta(wait))
    else:
        yield part


def _spoilt(rows: pa.Table, story: str) -> pa.Table:
    bits = rows["dirt"].to_numpy() | np.uint64(BIT[story])
    return rows.set_column(rows.schema.get_field_index("dirt"), "dirt", pa.array(bits))


def broken(content: bytes, lines: np.ndarray) -> bytes:
    """Return a text whose ``lines`` (from 0) are cut off in their middle; what follows stays where it was."""
    ends = np.flatnonzero(np.frombuffer(content, np.uint8) == ord("\n"))[lines]
    starts = np.array([content.rfind(b"\n", 0, end) + 1 for end in ends.tolist()])
    edges = np.stack([(starts + ends) // 2, ends], axis=1).ravel().tolist()
    return b"".join(
        content[begin:end] for begin, end in zip([0, *edges[1::2]], [*edges[::2], None], strict=True)
    )


class Waiting:
    """Files that are written and have not come yet."""

    def __init__(self, files: Iterable[File]) -> None:
        self.files = list(files)

    def due(self, files: list[File], day: date) -> list[File]:
        """Take in a day's files, and return those that come on it."""
        come = [file for file in self.files if file.arrives <= day]
        self.files = [file for file in self.files if file.arrives > day]
        self.files += [file for file in files if file.arrives > day]
        return come + [file for file in files if file.arrives <= day]


def is_of_week(day: date, first_day: int) -> bool:
    """Return whether a day lies in the week that begins with a day of the world."""
    return START <= date_of(first_day) <= day < date_of(first_day) + timedelta(7)
