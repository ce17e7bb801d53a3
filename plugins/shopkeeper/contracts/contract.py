"""A contract inside Shopkeeper, independent of YAML and of the standard's optional parts."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, get_args

from shopkeeper.contracts.retention import Retention

Layer = Literal["sources", "input", "features", "scores", "marts"]
Type = Literal["text", "integer", "decimal", "boolean", "date", "timestamp", "double"]
Classification = Literal["public", "internal", "personal", "direct_identifier", "sensitive"]
Severity = Literal["critical", "warning", "info"]

LAYERS: tuple[Layer, ...] = get_args(Layer)
"""In the order of a refresh."""

GATES = tuple(layer for layer in LAYERS if layer != "input")
"""The layers with a gate; dbt enforces the contracts of `input`."""

Delivery = Literal["events", "upserts", "snapshots", "deletes"]
"""What one file states: more rows, newer rows of keys, the complete list, or deleted keys."""

IdentifierKind = Literal[
    "phone", "email", "name", "address", "identity_card", "postcode", "birth_date", "text"
]
"""How a direct identifier is brought into its standard form before it becomes a token; text is trimmed."""

CAMPAIGN_PARAMETERS = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
"""Parameters of a URL that say which campaign led to the page, after the convention of web analysis."""

RESERVED_NAMES = ("_line_number", "batch_id", "source_line_number", "filename", "file_row_number")
"""Columns that landing, DuckDB's Parquet reader and the gates add to the columns of a source."""

MASKED: frozenset[str] = frozenset({"personal", "direct_identifier", "sensitive"})


@dataclass(frozen=True)
class Column:
    """One column: its meaning, what a value may look like, and how it is handled.

    `sentinel_values` are refused as stand-ins for "unknown"; `null_markers` are texts that mean NULL. A
    direct identifier becomes a token in the standard form of its `identifier_kind`, as the first of
    `regions` (ISO 3166) writes it in which it has one; of free text and URLs what names a person is replaced,
    of URLs also the value of each parameter that is not one of `allowed_parameters`. URLs, and free text that
    `stays_when_erased`, stay as they landed when a person is erased: models read them. `takes`: of what
    Python computes the columns, `schema.table.column`, whose values it takes; None if not said.
    """

    name: str
    type: Type
    description: str
    description_zh: str
    classification: Classification
    is_required: bool = False
    is_key: bool = False
    is_optional_in_file: bool = False
    precision: int | None = None
    scale: int | None = None
    unit: str | None = None
    examples: tuple[str, ...] = ()
    purpose: str | None = None
    allowed_values: tuple[str, ...] = ()
    minimum: str | None = None
    maximum: str | None = None
    pattern: str | None = None
    max_length: int = 1000
    allows_newline: bool = False
    keeps_spaces: bool = False
    normalizes_width: bool = False
    is_negative_in_returns: bool = False
    may_be_future: bool = False
    number_format: str | None = None
    time_format: str | None = None
    time_zone: str = "UTC"
    has_offset: bool = False
    sentinel_values: tuple[str, ...] = ()
    null_markers: tuple[str, ...] = ()
    identifier_kind: IdentifierKind = "text"
    is_free_text: bool = False
    is_url: bool = False
    allowed_parameters: tuple[str, ...] = CAMPAIGN_PARAMETERS
    stays_when_erased: bool = False
    regions: tuple[str, ...] = ("CN",)
    takes: tuple[str, ...] | None = None

    @property
    def is_redacted(self) -> bool:
        """Whether landing replaces what names a person inside its values."""
        return self.is_free_text or self.is_url


@dataclass(frozen=True)
class Rule:
    """One Great Expectations expectation, with its severity and its reason in two languages."""

    name: str
    expectation: str
    kwargs: dict[str, Any]
    severity: Severity
    reason: str
    reason_zh: str = ""


Encoding = Literal["utf-8", "gb18030", "utf-16", "windows-1252", "windows-1250", "cp932"]
"""What text may be written in; Latin-1 is nearly always windows-1252, Shift-JIS cp932."""


@dataclass(frozen=True)
class FileFormat:
    """How a producer writes a table's files."""

    pattern: str
    format: Literal["csv", "jsonl", "parquet"]
    encoding: Encoding = "utf-8"
    delimiter: str = ","
    time_zone: str = "UTC"
    minimum_rows: int = 1
    maximum_refused_rate: float = 0.01
    business_date_column: str | None = None
    return_column: str | None = None
    volume_tolerance: float = 10.0
    maximum_age_days: int | None = None
    delivery: Delivery = "events"
    currency_code: str | None = None
    maximum_lost_rate: float = 0.2
    person_column: str | None = None
    adds_up: str | None = None


@dataclass(frozen=True)
class Contract:
    """The contract of one table. Without a `retention` the rows of a source are kept.

    `owner`: the department that answers for it. For an entity: whether a retailer must deliver it
    (`is_required`), and the core tables that it unlocks (`unlocks`).
    """

    layer: Layer
    system: str
    table: str
    version: str
    description: str
    description_zh: str
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()
    file: FileFormat | None = None
    retention: Retention | None = None
    needs: tuple[str, ...] = ()
    needs_any: tuple[str, ...] = ()
    remembers: tuple[str, ...] = ()
    group: str | None = None
    includes: str | None = None
    is_required: bool = False
    unlocks: tuple[str, ...] = ()
    owner: str | None = None
    purpose: str | None = None

    @property
    def name(self) -> str:
        """`<system>.<table>` for a source, `<layer>.<table>` otherwise."""
        return f"{self.system}.{self.table}"

    def column(self, name: str) -> Column:
        """Return one column; `KeyError` if the contract does not have it."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the columns that identify a row."""
        return tuple(column.name for column in self.columns if column.is_key)

    @property
    def dated_column(self) -> str | None:
        """Name of the column from whose day the retention counts; None without one, or without retention."""
        if self.retention is None or self.file is None:
            return None
        return self.retention.column or self.file.business_date_column

    @property
    def person_column(self) -> str | None:
        """Name of the column that says whose the row of a source is."""
        return self.file.person_column if self.file else None

    @property
    def direct_identifiers(self) -> tuple[Column, ...]:
        """The columns of a source whose values landing replaces by tokens."""
        is_source = self.layer == "sources"
        return tuple(c for c in self.columns if is_source and c.classification == "direct_identifier")

    @property
    def free_texts(self) -> tuple[Column, ...]:
        """The columns of a source in which landing replaces what names a person by marks, URLs among them."""
        return tuple(c for c in self.columns if self.layer == "sources" and c.is_redacted)

    @property
    def sealed_columns(self) -> tuple[Column, ...]:
        """The columns of a source whose values the vault keeps instead of raw."""
        return (*self.direct_identifiers, *self.free_texts)

    def first_in_plain(self, tokenized: Collection[str]) -> str | None:
        """Name a sealed column that is not among these, so that raw may hold it in plain, or return None."""
        return next((column.name for column in self.sealed_columns if column.name not in tokenized), None)

    @property
    def raw_columns(self) -> tuple[Column, ...]:
        """The columns of raw: those of the contract, why an identifier's token is not that of a standard
        form, and the tokens of free texts that had to be altered.
        """
        added = (*map(_reason_column, self.direct_identifiers), *map(_token_column, self.free_texts))
        return (*self.columns, *added)

    @property
    def masked_columns(self) -> frozenset[str]:
        """Names of the columns whose values never leave the warehouse in a log or document."""
        return frozenset(column.name for column in self.columns if column.classification in MASKED)


def _token_column(column: Column) -> Column:
    return Column(
        name=f"{column.name}__token",
        type="text",
        description=f"Leads to {column.name} as it was written; null if it names nobody.",
        description_zh=f"指向 {column.name} 原文的令牌；原文未涉及个人时为空。",
        classification="personal",
    )


def _reason_column(column: Column) -> Column:
    return Column(
        name=f"{column.name}__reason",
        type="text",
        description=f"Why {column.name} has no standard form; null if it has one, or is null.",
        description_zh=f"{column.name} 无法标准化的原因；已标准化或为空时为空。",
        classification="internal",
    )
