"""Does a feed behave as usual? Compares the new batches' size, repetition and age with the earlier ones.

Looks only at whole batches; the contract's rules check the values in rows.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from shopkeeper.contracts import Contract, FileFormat, Severity, catalog
from shopkeeper.contracts.casts import raw_type
from shopkeeper.engine import file_literal, identifier
from shopkeeper.errors import UserError
from shopkeeper.landing import Receipt, find_damage_of_file, read_receipt
from shopkeeper.paths import BuildPaths, home_of
from shopkeeper.quality.results import RuleResult
from shopkeeper.quality.tables import as_of_date, batch_list
from shopkeeper.sentences import Sentence

Query = Callable[[str], list[dict[str, Any]]]


@dataclass(frozen=True)
class FeedRule:
    """A rule that code asks of every feed of its kind."""

    name: str
    severity: Severity
    reason: str


LEAST_HISTORY = 3
"""Fewer earlier batches than this do not show what is normal."""

MOST_REPEATED = 0.5

VOLUME = FeedRule(
    name="row_count_of_a_batch_is_usual",
    severity="critical",
    reason="Far more or fewer rows than usual: the export is broken. Protects totals.",
)
REPETITION = FeedRule(
    name="repeated_key_rate_of_a_batch_is_low",
    severity="critical",
    reason="Yesterday's data under a new name looks like a second day of sales. Protects revenue.",
)
AGE = FeedRule(
    name="feed_age_days_is_within_its_limit",
    severity="warning",
    reason="A feed that has stopped makes customers look lapsed. Protects recency and segments.",
)

_REVISION = re.compile(r"(?<=\d)[ _-]?(?:\(\d+\)|(?:rev|r|v)[ _-]?\d+|corrected|correction)$", re.IGNORECASE)
"""What a producer adds to a name to send a day's file once more: `_r2`, `-v2`, ` (1)`, `_corrected`."""


def feed_rules(contract: Contract) -> list[FeedRule]:
    """Return the rules that are asked of a source as a feed, besides those of its contract."""
    if contract.file is None:
        return []
    if not contract.file.business_date_column:
        return [VOLUME]
    return [VOLUME, *([REPETITION] if contract.file.delivery == "events" else []), AGE]


def judge_feed(contract: Contract, build: BuildPaths, query: Query) -> Iterator[RuleResult]:
    """Judge the new batches of one source; `query` runs SQL in the gate's database."""
    if contract.file is None:
        return
    place = (contract.system, contract.table)
    batches = [
        b for b in batch_list(build) if (b["system"], b["table_name"]) == place and b["replay_of"] is None
    ]
    counting = [batch for batch in batches if batch["status"] in ("kept", "new")]
    yield _volume(contract, contract.file, counting)
    if contract.file.business_date_column:
        receipts = [_receipt(build, contract, batch["batch_id"]) for batch in counting]
        if contract.file.delivery == "events":  # others say again what a key is
            new = {batch["batch_id"] for batch in counting if _is_judged(batch)}
            yield _repetition(contract, build, receipts, new, query)
        yield _age(contract, contract.file, build, receipts)


def judge_silent_feeds(build: BuildPaths) -> Iterator[RuleResult]:
    """Judge the age of every source that delivered nothing new."""
    batches = [b for b in batch_list(build) if b["status"] in ("kept", "new") and b["replay_of"] is None]
    arrived = {(b["system"], b["table_name"]) for b in batches if b["status"] == "new"}
    for contract in catalog().sources:
        place = (contract.system, contract.table)
        mine = [b for b in batches if (b["system"], b["table_name"]) == place]
        if contract.file and contract.file.business_date_column and mine and place not in arrived:
            yield _age(
                contract, contract.file, build, [_receipt(build, contract, b["batch_id"]) for b in mine]
            )


def _is_judged(batch: dict[str, Any]) -> bool:
    """Whether a batch is judged here: new batches are, unless the base version contains their content."""
    return batch["status"] == "new" and not batch.get("is_contained")


def _volume(contract: Contract, file: FileFormat, batches: list[dict[str, Any]]) -> RuleResult:
    judged, odd = 0, []
    batch_ids: list[str] = []
    for index, batch in enumerate(batches):
        if not _is_judged(batch) or index < LEAST_HISTORY:
            continue
        judged += 1
        usual = median(earlier["row_count"] for earlier in batches[:index])
        if not usual / file.volume_tolerance <= batch["row_count"] <= usual * file.volume_tolerance:
            batch_ids.append(batch["batch_id"])
            odd.append(
                {"file_name": batch["file_name"], "row_count": batch["row_count"], "median_row_count": usual}
            )
    observed = Sentence("{count} batches compared with the median of those before them", count=judged)
    if odd:
        first = odd[0]
        observed = Sentence(
            "row_count {count:,} in {file}, the median of the batches before it is {median:,.0f}",
            count=first["row_count"],
            file=first["file_name"],
            median=first["median_row_count"],
        )
    elif not judged:
        observed = Sentence("nothing to compare with: fewer than three earlier batches")
    return RuleResult(
        contract=contract.name,
        rule=VOLUME.name,
        severity=VOLUME.severity,
        reason=VOLUME.reason,
        has_passed=not odd,
        observed=observed,
        failing_rows=tuple(odd[:20]),
        batch_ids=tuple(batch_ids),
    )


def _repetition(
    contract: Contract, build: BuildPaths, receipts: list[Receipt], new: set[str], query: Query
) -> RuleResult:
    judged, repeating = 0, []
    batch_ids: list[str] = []
    for index, receipt in enumerate(receipts):
        others = [earlier for earlier in receipts[:index] if not _restates(receipt, earlier)]
        covered = [earlier for earlier in others if _overlap(earlier, receipt)]
        if receipt.batch_id not in new or not receipt.accepted_count or not covered:
            continue
        judged += 1
        share = _repeated_key_rate(contract, build, receipt, covered, query)
        if share > MOST_REPEATED:
            batch_ids.append(receipt.batch_id)
            repeating.append({"file_name": receipt.file_name, "repeated_key_rate": round(share, 4)})
    observed = Sentence("{count} batches compared with earlier ones of the same days", count=judged)
    if repeating:
        first = {"rate": repeating[0]["repeated_key_rate"], "file": repeating[0]["file_name"]}
        observed = Sentence("repeated_key_rate {rate:.0%} in {file}", **first)
    elif not judged:
        observed = Sentence("nothing to compare with: no earlier batch covers the same days")
    return RuleResult(
        contract=contract.name,
        rule=REPETITION.name,
        severity=REPETITION.severity,
        reason=REPETITION.reason,
        has_passed=not repeating,
        observed=observed,
        failing_rows=tuple(repeating[:20]),
        batch_ids=tuple(batch_ids),
    )


def _repeated_key_rate(
    contract: Contract, build: BuildPaths, receipt: Receipt, earlier: list[Receipt], query: Query
) -> float:
    """Return the share of a batch's rows whose key occurs in earlier batches.

    Without a key any two rows may look alike: only a whole batch can repeat another, and the share is 0 or 1.
    """
    names = ", ".join(identifier(name) for name in contract.key or (c.name for c in contract.columns))
    new = _rows_sql(contract, build, [receipt])
    if not contract.key:
        alike = [each for each in earlier if each.accepted_count == receipt.accepted_count]
        content = f"select sum(hash({names})::hugeint) as content from"
        contents = [query(f"{content} {_rows_sql(contract, build, [each])}") for each in alike]
        return float(query(f"{content} {new}") in contents)
    found = query(
        f"select count(*) as repeated_count from (select {names} from {new}) as new "
        f"semi join (select {names} from {_rows_sql(contract, build, earlier)}) as earlier using ({names})"
    )
    return float(found[0]["repeated_count"]) / receipt.accepted_count


def _rows_sql(contract: Contract, build: BuildPaths, receipts: list[Receipt]) -> str:
    """Return the raw rows of batches as a relation; columns that a batch did not have yet are NULL."""
    is_parquet = contract.file is not None and contract.file.format == "parquet"
    columns = ", ".join(
        f"null::{raw_type(column) if is_parquet else 'VARCHAR'} as {identifier(column.name)}"
        for column in contract.columns
    )
    paths = [home_of(build).batch(r.system, r.table, r.batch_id).rows for r in receipts]
    for path, receipt in zip(paths, receipts, strict=True):
        damage = find_damage_of_file(path, receipt.raw_sha256, receipt.accepted_count)
        if damage is not None:
            raise UserError(damage)
    files = ", ".join(file_literal(path) for path in paths)
    rows = f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"
    return f"(select {columns} where false union all by name select * from {rows})"


def _age(contract: Contract, file: FileFormat, build: BuildPaths, receipts: list[Receipt]) -> RuleResult:
    as_of = as_of_date(build)
    newest = max((r.business_date_max for r in receipts if r.business_date_max), default=None)
    age = max(0, (as_of - as_of.fromisoformat(newest[:10])).days) if as_of and newest else None
    limit = file.maximum_age_days
    return RuleResult(
        contract=contract.name,
        rule=AGE.name,
        severity=AGE.severity,
        reason=AGE.reason,
        has_passed=age is None or limit is None or age <= limit,
        observed=Sentence("no business date yet")
        if age is None
        else Sentence("feed_age_days {age}, newest business date {date}", age=age, date=newest),
    )


def _overlap(one: Receipt, other: Receipt) -> bool:
    first, last = one.business_date_min, one.business_date_max
    if not (first and last and other.business_date_min and other.business_date_max):
        return False
    return first <= other.business_date_max and other.business_date_min <= last


def _restates(later: Receipt, earlier: Receipt) -> bool:
    """Whether a name says that a file states another one again: its keys are known, and count once."""
    one, other = (receipt.file_name.partition(".") for receipt in (later, earlier))
    return one != other and _REVISION.sub("", one[0]) == _REVISION.sub("", other[0])


def _receipt(build: BuildPaths, contract: Contract, batch_id: str) -> Receipt:
    return read_receipt(home_of(build).batch(contract.system, contract.table, batch_id).receipt)
