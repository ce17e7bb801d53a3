"""Drafts a source of the retailer from a file: writes every file and collects every question."""

import re
import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import get_args

from shopkeeper.contracts import lint
from shopkeeper.contracts.contract import LAYERS, Column, Encoding
from shopkeeper.contracts.draft import spreadsheets
from shopkeeper.contracts.draft.columns import ColumnDraft, draft_column
from shopkeeper.contracts.draft.entities import Mapping, find_entity
from shopkeeper.contracts.draft.keys import Feed, find_feed
from shopkeeper.contracts.draft.mappings import find_mappings
from shopkeeper.contracts.draft.samples import Sample, read_sample
from shopkeeper.contracts.draft.staging import PRICE, Table, model_sql, model_yml
from shopkeeper.contracts.draft.writing import contract_yaml, described, unsaid, with_awaited, with_entity
from shopkeeper.errors import UserError
from shopkeeper.paths import RetailerPaths
from shopkeeper.retailers import Retailer

_OF_PERSONS = ("identifier_value", "customer_id")
_MASTERS = ("customers", "products", "stores", "sellers", "places", "exchange_rates")
_NAME = re.compile("[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Draft:
    """The files written, the entities that the table maps to, and what a person must decide."""

    origin: Path
    row_count: int
    written: tuple[Path, ...]
    entities: tuple[str, ...]
    decisions: tuple[tuple[str, str], ...]


def draft_source(path: Path, system: str, table: str, retailer: Retailer, as_of: datetime) -> Draft:
    """Write contract, staging models and their yml for a table from a sample; overwrites nothing.

    Values later than `as_of` raise a question. `UserError` if the file cannot be read, or the table already
    has a contract.
    """
    for word in (system, table):
        if not _NAME.fullmatch(word) or system in LAYERS:
            raise UserError(
                f"{word} is no name for a system or table; write lower case letters, digits and _"
            )
    contract = RetailerPaths(retailer.folder).contract(system, table)
    if contract.exists():
        raise UserError(f"{contract} exists; change it, or remove it and draft again")
    if path.suffix.lower() in spreadsheets.SUFFIXES:
        path = spreadsheets.converted(path)
    with tempfile.NamedTemporaryFile() as text:
        zone = retailer.business_time_zone
        sample = read_sample(path, Path(text.name), zone)
        entity = find_entity(table, sample.names, system)
        of_person = entity is not None and entity.entity == "customers"
        drafts = [draft_column(sample, name, zone, as_of, of_person) for name in sample.names]
        is_master = entity is not None and entity.entity in _MASTERS
        feed = find_feed(
            table,
            sample,
            drafts,
            is_master,
            entity.identifying if entity else (),
            entity.key if entity else (),
        )
        return _write(path, sample, drafts, feed, (system, table), retailer)


def _write(
    path: Path,
    sample: Sample,
    drafts: list[ColumnDraft],
    feed: Feed,
    place: tuple[str, str],
    retailer: Retailer,
) -> Draft:
    system, name = place
    shares = {draft.column.name for draft in drafts if draft.is_share}
    mappings, is_by_line = find_mappings(name, sample, feed, system, shares)
    told = {column: word for mapping in mappings for word, column in mapping.columns.items()}
    texts = described(drafts, told, name)
    columns = [_keyed(draft.column, feed, texts[draft.column.name]) for draft in drafts]
    foreign = _foreign_currencies(columns, mappings, retailer)
    decisions = {
        draft.column.name: [
            *draft.decisions,
            *foreign.get(draft.column.name, []),
            *(
                ["its numbers may be shares: name it in staging if they are amounts"]
                if draft.is_share and draft.column.name not in told
                else []
            ),
            *(
                ["discounts are positive here: turn its sign in staging"]
                if draft.has_negative and told.get(draft.column.name, "").endswith("discount_amount")
                else []
            ),
            *(
                ["does it name the same person? then customer_identifiers in docs/entities.md links them"]
                if {mapping.entity for mapping in mappings} == {"customers"}
                and draft.column.name not in told
                and draft.column.classification == "personal"
                and re.search("(id|number|号)$", draft.column.name.lower())
                else []
            ),
            *([] if texts[draft.column.name][2] else ["describe it"]),
        ]
        for draft in drafts
    }
    facts = _facts(name, sample, feed, columns, mappings, retailer)
    contract = RetailerPaths(retailer.folder).contract(system, name)
    pattern = re.sub(r"[0-9]+(?:[-_.][0-9]+)*", "*", path.name.removesuffix(".gz"))
    pattern += ".gz" if path.name.endswith(".gz") else ""
    files = {contract: contract_yaml(sample, path.name, pattern, place, columns, feed, facts, decisions)}
    models = [_part(mapping.entity, name, retailer, system) for mapping in mappings]
    table = Table(system, name, columns, feed)
    staged: list[Mapping | None] = [*mappings] or [None]
    for part, mapping in zip(models or [name], staged, strict=True):
        model, is_header = f"stg_{system}__{part}", is_by_line and part.startswith("transactions")
        place_of_sql = RetailerPaths(retailer.folder).staging_model(system, model)
        files[place_of_sql] = model_sql(table, mapping, is_header)
        files[place_of_sql.with_suffix(".yml")] = model_yml(table, mapping, model, is_header)
    asked = [(name, each) for each in _asked(sample, pattern, path, table, mappings, retailer, facts)]
    asked += [(column, each) for column, questions in decisions.items() for each in questions]
    is_awaited = feed.business_date and any(mapping.entity == "transactions" for mapping in mappings)
    files |= _retailer_file(retailer, system, models, asked, f"{system}.{name}" if is_awaited else None)
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    faults = [each for each in lint.problems(retailer.contracts) if f"{system}/{contract.name}" in each]
    if faults:
        raise UserError(f"{contract} needs a hand: {faults[0]}")
    return Draft(path, sample.row_count, tuple(files), tuple(models), tuple(asked))


def _foreign_currencies(
    columns: list[Column], mappings: list[Mapping], retailer: Retailer
) -> dict[str, list[str]]:
    """Return the currency column, and what must be delivered for currencies other than the reporting one."""
    stated = {m.columns["currency_code"] for m in mappings if "currency_code" in m.columns}
    foreign = {
        column.name: [each for each in column.allowed_values if each != retailer.currency_code]
        for column in columns
        if column.name in stated and not retailer.delivers("exchange_rates")
    }
    return {
        name: [f"deliver exchange_rates from {' and '.join(codes)} to {retailer.currency_code}"]
        for name, codes in foreign.items()
        if codes
    }


def _keyed(column: Column, feed: Feed, texts: tuple[str, str, bool]) -> Column:
    is_key = column.name in feed.key
    return replace(column, is_key=is_key, is_required=is_key, description=texts[0], description_zh=texts[1])


def _facts(
    name: str, sample: Sample, feed: Feed, columns: list[Column], mappings: list[Mapping], retailer: Retailer
) -> dict[str, tuple[object, str | None]]:
    facts: dict[str, tuple[object, str | None]] = {
        "descriptionZh": (f"{name} 的每一行。", None),
        "delivery": (feed.delivery, feed.decisions[-1]),
    }
    if feed.business_date:
        facts["businessDateColumn"] = (feed.business_date, "a day is complete by it")
    if any(column.type in ("date", "timestamp") for column in columns):
        facts["timeZone"] = (retailer.business_time_zone, "the clock of its times")
    has_money = any(
        mapping.entity in ("transactions", "transaction_lines", "payments", "refunds") for mapping in mappings
    )
    if has_money and not any("currency_code" in mapping.columns for mapping in mappings):
        facts["currencyCode"] = (retailer.currency_code, "no column says the currency")
    named = [m.columns[word] for m in mappings for word in _OF_PERSONS if word in m.columns]
    if named and any(column.classification == "direct_identifier" for column in columns):
        facts["personColumn"] = (named[0], None)
    return facts


def _asked(
    sample: Sample,
    pattern: str,
    path: Path,
    table: Table,
    mappings: list[Mapping],
    retailer: Retailer,
    facts: dict[str, tuple[object, str | None]],
) -> list[str]:
    asked = [f"files of this table are called {pattern}"]
    if "*" not in pattern:
        asked[0] += ": each replaces the one before; if it holds only what is new, date the names and write *"
    if sample.encoding not in get_args(Encoding):
        asked.append(f"{path.name} is {sample.encoding}, which does not land: let the producer write UTF-8")
    if sample.encoding.startswith("windows"):
        asked.append(f"{path.name} is taken for {sample.encoding}: are its accented letters right?")
    if not mappings:
        asked.append(
            "its name says no entity: name the staging model stg_<system>__<entity> and its columns so"
        )
    for mapping in mappings:
        if mapping.entity in _MASTERS and not table.key:
            asked.append(
                f"rows of one of the {mapping.entity} that differ do not count: group them in staging"
            )
        asked += [
            f"no column is the {word} of {mapping.entity}: name it in staging"
            for word in mapping.missing
            if word != "net_amount" or table.called(PRICE) is None
        ]
        asked += [
            f"{mapping.columns[word]} is taken for the {word} of {mapping.entity}" for word in mapping.guessed
        ]
    asked += [*table.feed.decisions, *unsaid(table.feed)]
    return asked + [
        f"{name} is {value}: {why}" for name, (value, why) in facts.items() if why and name != "delivery"
    ]


def _part(entity: str, table: str, retailer: Retailer, system: str) -> str:
    """Return the name of an entity's part: a system's second table for an entity adds its own name."""
    taken = RetailerPaths(retailer.folder).staging_model(system, f"stg_{system}__{entity}").exists()
    return f"{entity}__{table}" if taken else entity


def _retailer_file(
    retailer: Retailer,
    system: str,
    entities: list[str],
    asked: list[tuple[str, str]],
    awaited: str | None,
) -> dict[Path, str]:
    if not entities:
        return {}
    path = RetailerPaths(retailer.folder).description
    declared = path.read_text(encoding="utf-8")
    text = with_entity(declared, system, entities)
    if text is None:
        asked.append((path.name, f"add {', '.join(entities)} to the system {system}"))
    if awaited is not None:
        waiting = with_awaited(text or declared, awaited)
        told = "a day counts once {} has reached it (complete_by): for which other feeds must it wait?"
        cure = "add {} to complete_by: a day counts once it has reached it"
        asked.append((path.name, (cure if waiting is None else told).format(awaited)))
        text = waiting or text
    return {path: text} if text else {}
