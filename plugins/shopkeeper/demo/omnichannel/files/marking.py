"""Which row is spoilt how: bits of `BIT` for planted rows, copies, rows that stand for nothing.

What a row suffers is a function of (seed, story, row), never of the file that it comes in, so a day
exported by the hour holds the records that it would hold as one file.
"""

from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.demo.omnichannel.files.export import has_integer_key
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.people.blocks import blocks
from shopkeeper.demo.omnichannel.people.persons import KINDS
from shopkeeper.demo.omnichannel.randomness import Randomness
from shopkeeper.demo.omnichannel.records.keys import PER_DAY, first_phone
from shopkeeper.demo.omnichannel.surroundings.days import day_of
from shopkeeper.demo.omnichannel.tables import TABLES
from shopkeeper.demo.omnichannel.world import World

COPIED = {
    "accounts", "receipt_lines", "orders", "order_lines", "order_statuses", "payments", "refunds", "events",
    "loyalty_entries", "sends", "coupons", "impressions", "texts", "surveys", "tickets", "consents",
}  # fmt: skip
CONTRADICTED = {
    "receipt_lines": "net_amount", "order_lines": "net_amount", "orders": "net_amount",
    "payments": "amount", "loyalty_entries": "points",
}  # fmt: skip
ORPHANED = {
    "order_lines": "order_id", "payments": "order_id", "loyalty_entries": "account_id",
    "consents": "account_id", "reactions": "text_id",
}  # fmt: skip
NOBODYS = 4_000_000_000_000
STORY_OF_KIND = {"staff": "staff", "reseller": "reseller", "tester": "test_account"}
KIND_BITS = np.array([BIT[STORY_OF_KIND[kind]] if kind in STORY_OF_KIND else 0 for kind in KINDS], np.uint64)
WEB = ("web_shop", "app", "mini_program", "loyalty")


class Marker:
    """Marks a day's tables; knows of every person what kind he is, and which phones two persons carry."""

    def __init__(self, world: World) -> None:
        self.dirt, self.draw = world.parameters.dirt, Randomness(world.seed)
        self._people = world.people
        self._shared = shared_phones(world, self.draw)

    def marked(self, table: str, rows: pa.Table, day: date, first: int = 0) -> pa.Table:
        """Return a table's rows with ``row_id``, ``dirt`` and ``luck``, its copies and orphans after them;
        ``first`` rows of the day come before these.
        """
        row_id = _row_ids(table, rows, day, first)
        bits = np.zeros(len(rows), np.uint64)
        if table == "accounts":
            bits |= self._account_bits(rows, row_id)
        elif table in ("orders", "receipts"):
            bits |= self._kind_of(rows["person_id"].to_numpy())
        if table == "orders":
            chinese = self._people.market[rows["person_id"].to_numpy()] == 0
            for story, some in (("masked_phone", True), ("full_width_digits", chinese)):
                bits |= self._drawn(story, "order", row_id) * some
        elif table == "refunds":
            bits |= self._drawn("return_without_order", "refund", row_id)
        elif table == "texts":
            spam, contact = (np.asarray(rows[name]) for name in ("is_spam", "has_contact"))
            bits |= np.uint64(BIT["spam"]) * spam
            bits |= np.uint64(BIT["personal_data_in_text"]) * (contact & ~spam)
        return self._with_copies(table, rows, row_id, bits)

    def _kind_of(self, person: np.ndarray) -> np.ndarray:
        return KIND_BITS[self._people.kind[person]]

    def _drawn(self, story: str, table: str, row_id: np.ndarray) -> np.ndarray:
        """Return the story's bit for the rows that it befalls."""
        rate = min(0.5, getattr(self.dirt, story) * self.dirt.scale)
        luck = self.draw.uniform(f"dirt/{story}/{table}", row_id)
        return np.where(luck < rate, np.uint64(BIT[story]), np.uint64(0))

    def _account_bits(self, rows: pa.Table, row_id: np.ndarray) -> np.ndarray:
        person = rows["person_id"].to_numpy()
        chinese = self._people.market[person] == 0
        typed, web = is_one_of(rows["system"], "crm", "loyalty"), is_one_of(rows["system"], *WEB)
        named = ~is_one_of(rows["system"], "social")
        phone = rows["phone_key"].combine_chunks()
        has_phone = phone.is_valid().to_numpy(zero_copy_only=False)
        bits = self._kind_of(person)
        for story, some in (
            ("typing_error_in_name", named), ("typing_error_in_phone", has_phone),
            ("full_width_digits", chinese & has_phone), ("traditional_characters", chinese),
            ("masked_phone", web & has_phone), ("one_phone", typed & has_phone),
        ):  # fmt: skip
            bits |= self._drawn(story, "account", row_id) * some
        keys = phone.fill_null(0).to_numpy(zero_copy_only=False)
        bits |= np.uint64(BIT["shared_phone"]) * (has_phone & self._is_shared(keys))
        bits |= np.uint64(BIT["one_phone"]) * (has_phone & (keys == 5_000))
        return bits

    def _is_shared(self, phones: np.ndarray) -> np.ndarray:
        if not len(self._shared):
            return np.zeros(len(phones), bool)
        place = np.searchsorted(self._shared, phones)
        return self._shared[np.minimum(place, len(self._shared) - 1)] == phones

    def _with_copies(self, table: str, rows: pa.Table, row_id: np.ndarray, bits: np.ndarray) -> pa.Table:
        none = np.zeros(0, int)
        twice = against = lost = none
        if table in COPIED:
            twice = np.flatnonzero(self._drawn("duplicate", table, row_id))
        if table in CONTRADICTED:
            against = np.flatnonzero(self._drawn("conflicting_duplicate", table, row_id))
        if table in ORPHANED:
            lost = np.flatnonzero(self._drawn("orphan", table, row_id))
        is_null = np.zeros(len(rows), bool)
        if len(twice) + len(against) + len(lost):
            count = len(rows)
            edges = np.cumsum([count, len(twice), len(against)])
            place = np.concatenate([np.arange(count), twice, against, lost])
            rows, row_id, bits = rows.take(pa.array(place)), row_id[place], bits[place]
            bits[edges[0] : edges[1]] |= np.uint64(BIT["duplicate"])
            bits[edges[1] : edges[2]] |= np.uint64(BIT["conflicting_duplicate"])
            bits[edges[2] :] |= np.uint64(BIT["orphan"])
            is_null = np.arange(len(rows)) >= edges[2]
            if len(against):
                rows = _changed(rows, CONTRADICTED[table], slice(edges[1], edges[2]), _contradict)
            if len(lost):
                rows = _changed(rows, ORPHANED[table], slice(edges[2], None), _orphan)
        return (
            rows.append_column("row_id", pa.array(row_id, mask=is_null))
            .append_column("dirt", pa.array(bits))
            .append_column("luck", pa.array(self.draw.bits(f"luck/{table}", row_id)))
        )


def shared_phones(world: World, draw: Randomness) -> np.ndarray:
    """Return the phones that another person gives too, in order."""
    people = world.people
    lent = [int((people.phone_owner[b] != people.person[b]).sum()) for b in blocks(people.count)]
    shared, end = world.scratch.array(sum(lent), np.uint64), 0
    for block, count in zip(blocks(people.count), lent, strict=True):
        owner = people.phone_owner[block]
        end += count
        shared[end - count : end] = first_phone(draw, owner[owner != people.person[block]])
    shared.sort()
    return shared


def _row_ids(table: str, rows: pa.Table, day: date, first: int) -> np.ndarray:
    """Return a planted row's id: its integer key, or key * 1000 + line, or its place in the day."""
    key = TABLES[table].key
    if not has_integer_key(table):
        return np.int64((day_of(day) + 1) * PER_DAY + first) + np.arange(len(rows))
    ids = rows[key[0]].to_numpy().astype(np.int64)
    return ids if len(key) == 1 else ids * 1000 + rows[key[1]].to_numpy()


def is_one_of(codes: pa.ChunkedArray, *words: str) -> np.ndarray:
    """Return where a column of words holds one of some, (n,), without an object of Python's for each."""
    return pc.is_in(codes.cast(pa.string()), pa.array(words)).to_numpy()


def _contradict(values: np.ndarray) -> np.ndarray:
    return np.where(values % 2 < 1, np.round(values * 1.1 + 1, 2), np.round(values * 0.5, 2))


def _orphan(values: np.ndarray) -> np.ndarray:
    return values + NOBODYS


def _changed(rows: pa.Table, column: str, where: slice, change: Any) -> pa.Table:
    """Return rows with one column changed in some of them; nulls stay."""
    kind, values = rows.schema.field(column).type, rows[column].combine_chunks()
    missing = values.is_null().to_numpy(zero_copy_only=False)
    told = values.fill_null(0).to_numpy(zero_copy_only=False).copy()
    told[where] = change(told[where])
    place = rows.schema.get_field_index(column)
    return rows.set_column(place, rows.schema.field(column), pa.array(told, kind, mask=missing))
