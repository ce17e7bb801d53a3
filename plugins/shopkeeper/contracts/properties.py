"""Facts that the standard has no field for: the `customProperties` of a table and of a column."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from shopkeeper.contracts.contract import CAMPAIGN_PARAMETERS, Delivery, IdentifierKind

Rate = Annotated[float, Field(ge=0, le=1)]


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, frozen=True)

    description_zh: str = ""
    purpose: str | None = None


class TableFacts(_Facts):
    """`customProperties` of a table."""

    time_zone: str = "UTC"
    minimum_rows: int = 1
    maximum_refused_rate: Rate = 0.01
    business_date_column: str | None = None
    return_column: str | None = None
    volume_tolerance: Annotated[float, Field(ge=1, allow_inf_nan=False)] = 10.0
    delivery: Delivery = "events"
    currency_code: str | None = None
    maximum_lost_rate: Rate = 0.2
    needs: tuple[str, ...] = ()
    needs_any: tuple[str, ...] = ()
    remembers: tuple[str, ...] = ()
    group: str | None = None
    includes: str | None = None
    is_required: bool = False
    unlocks: tuple[str, ...] = ()
    null_markers: tuple[str, ...] = ()
    person_column: str | None = None
    adds_up: str | None = None


class RuleFacts(BaseModel):
    """`customProperties` of a rule: its reason in Chinese."""

    model_config = _Facts.model_config

    description_zh: str = ""


class ColumnFacts(_Facts):
    """`customProperties` of a column."""

    unit: str | None = None
    number_format: str | None = None
    is_optional_in_file: bool = False
    allows_newline: bool = False
    keeps_spaces: bool = False
    normalizes_width: bool = False
    is_negative_in_returns: bool = False
    may_be_future: bool = False
    sentinel_values: tuple[str, ...] = ()
    null_markers: tuple[str, ...] | None = None
    identifier_kind: IdentifierKind = "text"
    is_free_text: bool = False
    is_url: bool = False
    allowed_parameters: tuple[str, ...] = CAMPAIGN_PARAMETERS
    stays_when_erased: bool = False
    regions: tuple[Annotated[str, Field(pattern="^[A-Z]{2}$")], ...] = ("CN",)
    takes: tuple[Annotated[str, Field(pattern=r"^\w+\.\w+\.\w+$")], ...] | None = None
