"""What a step did, in one sentence that a person reads first in its log; made of the facts that it returned.

Gates and dbt tell their own verdicts, landing its own files.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from shopkeeper.sentences import Sentence, restored

Facts = Mapping[str, Any]


def summary(name: str, facts: Facts) -> str | None:
    """Return what a step did; None for a step that tells it itself."""
    return SUMMARIES[name](facts) if name in SUMMARIES and facts else None


def _begun(facts: Facts) -> str:
    told = {"version": facts["build_id"], "date": facts["as_of_date"]}
    if facts["is_full"] or facts["base_version"] is None:
        return Sentence("{version} is built from all that has landed, as of {date}", **told)
    told |= {"base": facts["base_version"], "count": len(facts["changed"])}
    return Sentence("{version} goes on from {base}, as of {date}; {count} things are made anew", **told)


def _resolved(facts: Facts) -> str:
    told = {"identifiers": facts["identifiers"], "customers": facts["customers"]}
    return Sentence("{identifiers:,} identifiers belong to {customers:,} customers", **told)


def _segmented(facts: Facts) -> str:
    if facts.get("why_one_segment"):
        return restored(facts["why_one_segment"], facts.get("said", {}).get("why_one_segment"))
    told = {"count": facts["group_count"], "customers": sum(s["customer_count"] for s in facts["segments"])}
    if facts.get("resampling_stability") is None:
        return Sentence("{count} segments of {customers:,} customers", **told)
    text = "{count} segments of {customers:,} customers; resampling stability {rate:.0%}"
    return Sentence(text, **told, rate=facts["resampling_stability"])


def _attributed(facts: Facts) -> str:
    if "off" in facts:
        return Sentence(facts["off"])
    told = {"sales": facts["conversions"], "amount": Decimal(facts["revenue"]), "touches": facts["touches"]}
    told |= {"currency": facts["currency_code"], "count": len(facts["channels"])}
    text = "{sales:,} sales of {amount:,} {currency} are credited to {count} channels by {touches:,} contacts"
    return Sentence(text, **told)


def _documented(facts: Facts) -> str:
    return Sentence("{count} pages of documentation are written", count=facts["pages"])


def _published(facts: Facts) -> str:
    told = {"version": facts["version"], "tables": facts["tables"], "rows": facts["rows"]}
    return Sentence("Readers see {version}: {tables} tables with {rows:,} rows", **told)


SUMMARIES: dict[str, Callable[[Facts], str]] = {
    "begin": _begun,
    "resolve": _resolved,
    "segment_customers": _segmented,
    "attribute_sales": _attributed,
    "document": _documented,
    "publish": _published,
}
