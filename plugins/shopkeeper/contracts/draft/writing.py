"""Writes a drafted contract as short YAML: one line per column, each guess marked."""

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from typing import Any, get_args

import yaml

from shopkeeper.contracts.casts import declared_format
from shopkeeper.contracts.contract import Column, Encoding
from shopkeeper.contracts.draft.columns import ColumnDraft
from shopkeeper.contracts.draft.keys import Feed
from shopkeeper.contracts.draft.samples import Sample
from shopkeeper.contracts.vocabulary import TYPES, vocabulary

MARK = "DECIDE"
UNDECIDED = "undecided"
"""What the dictionary shows until a person has decided."""
_OWNER = "who answers for it?"
_PURPOSE = "for what may its rows be used?"
_KEPT = "how long are its rows kept (d: days, y: years)? without the line without end"
_LOGICAL = {"text": "string", "decimal": "number", "double": "number"}


def contract_yaml(
    sample: Sample,
    origin: str,
    pattern: str,
    place: tuple[str, str],
    columns: Sequence[Column],
    feed: Feed,
    facts: Map[str, tuple[object, str | None]],
    decisions: Map[str, Sequence[str]],
) -> str:
    """Return a contract; `facts` are properties of the table with the question about each."""
    system, table = place
    server = {
        "server": "inbox",
        "type": "custom",
        "path": f"inbox/{system}/{pattern}",
        "format": sample.format,
    }
    if sample.encoding in get_args(Encoding)[1:]:
        server["encoding"] = sample.encoding
    if sample.format == "csv" and sample.delimiter != ",":
        server["delimiter"] = sample.delimiter
    meaning = f"One row per row that {system} exports of {table}."
    lines = [
        f"# Drafted from {origin} ({sample.row_count:,} rows). Settle each {MARK}, then remove the mark.",
        f"name: {table.replace('_', ' ').capitalize()} of {system}",
        "version: 1.0.0",
        f"team: {_flow({'name': UNDECIDED})}{_marked([_OWNER])}",
        f"servers: [{_flow(server)}]",
        *(
            []
            if feed.delivery == "deletes"
            else [f"# slaProperties: [{{property: retention, value: 2, unit: y}}]{_marked([_KEPT])}"]
        ),
        "schema:",
        f"  - name: {table}",
        f"    description: {_flow([meaning])[1:-1]}{_marked(['describe it'])}",
        "    customProperties:",
        f"      - {_flow({'property': 'purpose', 'value': UNDECIDED})}{_marked([_PURPOSE])}",
        *(
            f"      - {_flow({'property': name, 'value': value})}{_marked([asked] if asked else [])}"
            for name, (value, asked) in facts.items()
        ),
        "    properties:",
        *(f"      - {_flow(_property(each, feed))}{_marked(decisions[each.name])}" for each in columns),
    ]
    return "\n".join(lines) + "\n"


def unsaid(feed: Feed) -> list[str]:
    """Return the questions that no sample answers. Of what is deleted no retention is asked."""
    asked = [f"team is {UNDECIDED}: {_OWNER}", f"purpose is {UNDECIDED}: {_PURPOSE}"]
    return asked if feed.delivery == "deletes" else [*asked, f"no retention: {_KEPT}"]


def described(
    drafts: Sequence[ColumnDraft], canonical: Map[str, str], table: str
) -> dict[str, tuple[str, str, bool]]:
    """Return each column's descriptions, and whether the vocabulary had them; `canonical`: its name."""
    found: dict[str, tuple[str, str, bool]] = {}
    for draft in drafts:
        name = draft.column.name
        word = vocabulary().get(canonical.get(name, name))
        unknown = (f"Column {name} of {table}.", f"{table} 的 {name}，待说明。", False)
        found[name] = (word.en, word.zh, True) if word else unknown
    return found


def _property(column: Column, feed: Feed) -> dict[str, Any]:
    """Return a column as the standard writes it, without what the vocabulary supplies."""
    word = vocabulary().get(column.name)
    logical = _LOGICAL.get(column.type, column.type)
    physical = f"DECIMAL({column.precision},{column.scale})" if column.type == "decimal" else None
    written: dict[str, Any] = {"name": column.name}
    if (
        word is None
        or TYPES[word.type]["logicalType"] != logical
        or word.type in ("money", "quantity", "rate")
    ):
        written["logicalType"] = logical
        written |= {"physicalType": physical} if physical else {}
    options = _options(column)
    written |= {"logicalTypeOptions": options} if options else {}
    if column.is_required:
        written["required"] = True
    if column.is_key:
        written["primaryKey"] = True
    if column.allowed_values:
        written["enum"] = [{"value": each} for each in column.allowed_values]
    properties: list[dict[str, Any]] = []
    if word is None:
        written["description"] = column.description
        properties.append({"property": "descriptionZh", "value": column.description_zh})
    if word is None or word.classification != column.classification:
        written["classification"] = column.classification
    properties += [{"property": name, "value": value} for name, value in _extras(column).items()]
    return written | ({"customProperties": properties} if properties else {})


def _options(column: Column) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if column.type in ("date", "timestamp"):
        silent = Column(column.name, column.type, "", "", "internal", has_offset=column.has_offset)
        if column.time_format and column.time_format != declared_format(silent):
            options["format"] = column.time_format
        options["minimum"] = column.minimum
        if column.has_offset:
            options["timezone"] = True
        if "'UTC'" in (column.time_format or ""):
            options["defaultTimezone"] = "UTC"
    if column.max_length != Column.max_length:
        options["maxLength"] = column.max_length
    return options


def _extras(column: Column) -> dict[str, object]:
    extras: dict[str, object] = {}
    if column.number_format:
        extras["numberFormat"] = column.number_format
    if column.sentinel_values:
        extras["sentinelValues"] = list(column.sentinel_values)
    if column.identifier_kind != "text":
        extras["identifierKind"] = column.identifier_kind
    if column.null_markers:
        extras["nullMarkers"] = list(column.null_markers)
    flags = {
        "isUrl": column.is_url,
        "allowsNewline": column.allows_newline,
        "normalizesWidth": column.normalizes_width,
        "mayBeFuture": column.may_be_future and column.type in ("date", "timestamp"),
    }
    return extras | {name: True for name, is_set in flags.items() if is_set}


def _marked(asked: Sequence[str]) -> str:
    return f"  # {MARK}: {'; '.join(asked)}" if asked else ""


def _flow(value: object) -> str:
    return yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=1_000_000
    ).strip()


def with_entity(declared: str, system: str, entities: Sequence[str]) -> str | None:
    """Return `retailer.yml` with entities added to a system; `None` if its layout is unusual."""
    known = (yaml.safe_load(declared).get("systems") or {}).get(system)
    if known is None:
        line = f"  {system}: [{', '.join(entities)}]\n"
        if re.search(r"^systems: *\{\} *$", declared, re.MULTILINE):
            return re.sub(r"^systems: *\{\} *\n", f"systems:\n{line}", declared, flags=re.MULTILINE)
        added, count = re.subn(r"^systems: *\n", f"systems:\n{line}", declared, flags=re.MULTILINE)
        return added if count else None
    every = [*known, *(each for each in entities if each not in known)]
    pattern = rf"^(  {re.escape(system)}: *)\[[^\]\n]*\]"
    added, count = re.subn(pattern, rf"\1[{', '.join(every)}]", declared, flags=re.MULTILINE)
    return added if count else None


def with_awaited(declared: str, feed: str) -> str | None:
    """Return `retailer.yml` with a feed, `system.table`, that a day waits for; `None` as above."""
    known = yaml.safe_load(declared).get("complete_by")
    if known is None:
        why = "# DECIDE: a day counts once these feeds have reached it; add others that it needs."
        return f"{declared.rstrip()}\n\n{why}\ncomplete_by: [{feed}]\n"
    if feed in known:
        return declared
    added, count = re.subn(
        r"^complete_by: *\[[^\]\n]*\]",
        f"complete_by: [{', '.join([*known, feed])}]",
        declared,
        flags=re.MULTILINE,
    )
    return added if count else None
