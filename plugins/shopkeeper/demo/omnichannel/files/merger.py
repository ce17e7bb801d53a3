"""Two retailers' systems until the day of their merger, and what becomes of the second one's numbers then.

Until that day the second retailer's rows go to files of his own, below ``second_…``. He numbers accounts in
his way, and baskets as the first one does: the same number is another basket. From that day on there is one
set of systems. It takes over his accounts, and the orders of his last `HISTORY_DAYS` days, under new
numbers; a list tells the CRM's old and new ones, with some missing.
"""

from datetime import date

import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.behaviour.members import CRM, SYSTEMS
from shopkeeper.demo.omnichannel.files.marking import NOBODYS
from shopkeeper.demo.omnichannel.files.stories import BIT
from shopkeeper.demo.omnichannel.files.traffic import BOTS_FROM
from shopkeeper.demo.omnichannel.parameters.dirt import Dirt
from shopkeeper.demo.omnichannel.records.keys import ACCOUNTS, PER_DAY
from shopkeeper.demo.omnichannel.records.retailers import SECOND_ACCOUNTS, SECOND_ROWS
from shopkeeper.demo.omnichannel.surroundings.days import day_of

HISTORY_DAYS = 30
NEW_PERSONS, PRIME = 20_000_000, 20_000_003
NEW_BASKETS = 50_000 * PER_DAY
OWNED_BY = {
    "accounts": "account_id", "account_changes": "account_id", "account_deletions": "account_id",
    "consents": "account_id", "experiment_assignments": "account_id", "sends": "account_id",
    "coupons": "account_id", "loyalty_entries": "account_id", "loyalty_tiers": "account_id",
    "visits": "visit_id", "events": "visit_id", "orders": "order_id", "order_lines": "order_id",
    "order_statuses": "order_id", "receipts": "receipt_id", "planted_receipts": "receipt_id",
    "receipt_lines": "receipt_id", "payments": "payment_id", "refunds": "refund_id", "tickets": "ticket_id",
    "surveys": "survey_id", "texts": "text_id",
}  # fmt: skip
OF_ACCOUNTS = ("account_id", "referrer_account_id")
# Ids made of a basket's or a visit's: how many of them one of these can have.
OF_BASKETS = {
    "order_id": 1, "receipt_id": 1, "payment_id": 1, "ticket_id": 1, "survey_id": 1, "reference_id": 1,
    "visit_id": 1, "refund_id": 100, "entry_id": 1000, "text_id": 1000,
}  # fmt: skip
RETOLD = ("accounts", "orders", "order_lines")
NO_NUMBERS = pa.table({name: pa.array([], pa.int64()) for name in ("account_id", "new_id")})


class Merger:
    """Knows whose a row is, remembers what is told again, and gives new numbers."""

    def __init__(self, dirt: Dirt) -> None:
        self._dirt = dirt

    def is_apart(self, day: date) -> bool:
        """Return whether there are two retailers on a day."""
        return self._dirt.merged_share > 0 and day_of(day) < self._dirt.merged_from_day

    def is_merger(self, day: date) -> bool:
        """Return whether two retailers become one on a day."""
        return self._dirt.merged_share > 0 and day_of(day) == self._dirt.merged_from_day

    def retell(self, today: dict[str, pa.Table], memory: dict[str, pa.Table], day: date) -> None:
        """Remember the second retailer's accounts and last orders; tell them again on the day of the
        merger, with ``second_numbers``, the CRM's list.
        """
        today["second_numbers"] = NO_NUMBERS
        if not (self.is_apart(day) or self.is_merger(day)):
            return
        for name in RETOLD:
            known = memory.pop(f"second_{name}", today[name].slice(0, 0))
            if self.is_merger(day):
                if name == "accounts":
                    ids = known["account_id"].to_numpy()
                    crm = ids[ids // 2 % len(SYSTEMS) == CRM]
                    today["second_numbers"] = pa.table({"account_id": crm, "new_id": taken_over(crm)})
                today[name] = pa.concat_tables([today[name], known]).unify_dictionaries().combine_chunks()
                continue
            known = pa.concat_tables([known, of_second(name, today[name])])
            if name != "accounts":
                age = day_of(day) + 1 - known["order_id"].to_numpy() // PER_DAY
                known = known.filter(pa.array(age < HISTORY_DAYS))
            memory[f"second_{name}"] = known.unify_dictionaries().combine_chunks()

    def of_the_crm(self, accounts: pa.Table, day: date) -> pa.Table:
        """Return the accounts of the first retailer's CRM on a day: all, once there is one retailer."""
        if not self.is_apart(day):
            return accounts
        return accounts.filter(pa.array(accounts["account_id"].to_numpy() < SECOND_ACCOUNTS))

    def marked(self, name: str, rows: pa.Table, day: date) -> pa.Table:
        """Return marked rows on which the story of the merger is told, on its day."""
        if name not in RETOLD or not self.is_merger(day):
            return rows
        bits = rows["dirt"].to_numpy() | np.uint64(BIT["merged_retailer"]) * _is_second(name, rows)
        return rows.set_column(rows.schema.get_field_index("dirt"), "dirt", pa.array(bits))

    def apart(self, tables: dict[str, pa.Table], day: date) -> list[dict[str, pa.Table]]:
        """Return the tables of each retailer with the numbers that he gives; one after the merger."""
        if not self._dirt.merged_share:
            return [tables]
        if not self.is_apart(day):
            owned = {name: rows for name, rows in tables.items() if name in OWNED_BY}
            return [tables | {name: with_new_numbers(rows, is_merged=True) for name, rows in owned.items()}]
        first, second = {}, {}
        for name, rows in tables.items():
            if name not in OWNED_BY:
                first[name] = rows
                continue
            is_second = _is_second(name, rows)
            first[name] = rows.filter(pa.array(~is_second))
            second[name] = with_new_numbers(rows.filter(pa.array(is_second)), is_merged=False)
        return [first, second]


def of_second(name: str, rows: pa.Table) -> pa.Table:
    """Return the rows of a table that are the second retailer's."""
    return rows.filter(pa.array(_is_second(name, rows)))


def taken_over(ids: np.ndarray) -> np.ndarray:
    """Return ids of accounts as the one retailer numbers them who is left."""
    return _with_new_numbers("account_id", ids, is_merged=True)


def with_new_numbers(rows: pa.Table, is_merged: bool) -> pa.Table:
    """Return rows with the numbers that the second retailer's own have in files, before or after the
    merger.
    """
    for column in (*OF_ACCOUNTS, *OF_BASKETS):
        if column in rows.column_names:
            place, field = rows.schema.get_field_index(column), rows.schema.field(column)
            told = rows[column].combine_chunks()
            ids = told.fill_null(-1).to_numpy(zero_copy_only=False)
            ids = _with_new_numbers(column, ids, is_merged)
            missing = told.is_null().to_numpy(zero_copy_only=False)
            rows = rows.set_column(place, field, pa.array(ids, field.type, mask=missing))
    return rows


def _with_new_numbers(column: str, ids: np.ndarray, is_merged: bool) -> np.ndarray:
    orphan = np.where(ids >= NOBODYS, NOBODYS, 0)
    known = ids - orphan
    if column in OF_ACCOUNTS:
        own = known - SECOND_ACCOUNTS
        person = NEW_PERSONS + (own // ACCOUNTS * 7919 + 13) % PRIME
        new = person * ACCOUNTS + own % ACCOUNTS if is_merged else own
    else:
        each = OF_BASKETS[column]
        new = known + (NEW_BASKETS if is_merged else -SECOND_ROWS) * each
    return np.where(_numbered_apart(column, ids), new + orphan, ids)


def _is_second(name: str, rows: pa.Table) -> np.ndarray:
    column = OWNED_BY[name]
    ids = rows[column].combine_chunks().fill_null(-1).to_numpy(zero_copy_only=False)
    return _numbered_apart(column, ids)


def _numbered_apart(column: str, ids: np.ndarray) -> np.ndarray:
    known = np.where(ids >= NOBODYS, ids - NOBODYS, ids)
    if column in OF_ACCOUNTS:
        return known >= SECOND_ACCOUNTS
    nth = known // OF_BASKETS[column] % PER_DAY
    return (known >= 0) & (nth >= SECOND_ROWS) & (nth < BOTS_FROM)
