"""The retailer of this deployment: a folder with `retailer.yml`, contracts and a dbt project.

Reads only that folder; what all retailers share is in `dbt_project` and `expectations`.
"""

from decimal import Decimal
from functools import cached_property, lru_cache
from pathlib import Path
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from shopkeeper.errors import UserError
from shopkeeper.paths import RETAILERS, Home, RetailerPaths
from shopkeeper.settings import settings

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Conversions(BaseModel):
    """Which transactions count as conversions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    minimum_amount: Decimal = Decimal("0.01")
    sales_channels: tuple[str, ...] = ()


class TablePull(BaseModel):
    """Rows of a Postgres query whose watermark is not before that of the last pull."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connection: str
    query: str
    watermark: str


class BucketPull(BaseModel):
    """Objects of an S3 bucket whose key begins with the prefix."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connection: str
    bucket: str
    prefix: str = ""


class Retailer(BaseModel):
    """The content of `retailer.yml`, and the retailer's folder."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: dict[str, str]
    business_time_zone: str
    currency_code: str = Field(pattern=r"^[A-Z]{3}$")
    systems: dict[str, tuple[str, ...]]
    complete_by: tuple[str, ...] = ()
    is_historical: bool = False
    identifiers: tuple[str, ...] = ("customer_id",)
    channels: dict[str, str] = Field(default_factory=dict)
    conversions: Conversions = Conversions()
    pulls: dict[str, TablePull | BucketPull] = Field(default_factory=dict)
    segment_features: tuple[str, ...] = (
        "feat_customers__purchases.recency_day_count",
        "feat_customers__purchases.transaction_count",
        "feat_customers__purchases.average_transaction_amount",
    )

    @field_validator("business_time_zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"{zone} is no time zone; write one like Asia/Shanghai")
        return zone

    @property
    def contracts(self) -> Path:
        """Contracts of the retailer's sources, `contracts/<system>/<table>.odcs.yaml`, and of extra
        borders.
        """
        return RetailerPaths(self.folder).contracts

    @property
    def dbt(self) -> Path:
        """The retailer's dbt project: the root project, which installs Shopkeeper's as a package."""
        return RetailerPaths(self.folder).dbt

    def delivers(self, need: str) -> bool:
        """Whether a system delivers an entity, or a column of one (`entity.column`)."""
        entity, _, column = need.partition(".")
        parts = [
            f"stg_{system}__{part}"
            for system, parts in self.systems.items()
            for part in parts
            if part.partition("__")[0] == entity
        ]
        return any(not column or column in self.staged_columns.get(part, ()) for part in parts)

    @property
    def delivered(self) -> list[str]:
        """The entities that at least one system delivers."""
        return sorted({part.partition("__")[0] for parts in self.systems.values() for part in parts})

    @cached_property
    def staged_columns(self) -> dict[str, set[str]]:
        """The columns that the yml of each staging model describes."""
        files = self.dbt.glob("models/**/stg_*.yml")
        documents = [yaml.load(file.read_text(encoding="utf-8"), _LOADER) for file in files]
        return {
            model["name"]: {column["name"] for column in model.get("columns", ())}
            for document in documents
            for model in document["models"]
        }


def folder_of(name_or_path: str) -> Path:
    """Return the folder of a retailer, given by its name below `retailers/` or by a path."""
    shipped = RETAILERS / name_or_path
    folder = shipped if shipped.is_dir() else Path(name_or_path).expanduser().resolve()
    if not RetailerPaths(folder).description.is_file():
        raise UserError(
            f"there is no retailer {name_or_path} ({RetailerPaths(folder).description} is missing); "
            "set SHOPKEEPER_RETAILER to a name below retailers/ or to a folder"
        )
    return folder


def read_retailer(folder: Path) -> Retailer:
    """Read one retailer's `retailer.yml`; `UserError` names the first entry that is wrong."""
    try:
        declared = yaml.safe_load(RetailerPaths(folder).description.read_text(encoding="utf-8"))
        return Retailer(folder=folder, **declared)
    except (yaml.YAMLError, TypeError) as error:
        raise UserError(f"{RetailerPaths(folder).description} is not a YAML mapping; correct it") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(
            f"{RetailerPaths(folder).description}: {where}: {first['msg']}; correct it"
        ) from error


def claim(home: Home) -> None:
    """Assign a home to this retailer; `UserError` if it belongs to another one."""
    name, owner = retailer().name, home.owner
    if not owner.exists():
        owner.parent.mkdir(parents=True, exist_ok=True)
        owner.write_text(name + "\n", encoding="utf-8")
    known = owner.read_text(encoding="utf-8").strip()
    if known != name:
        raise UserError(f"{home.root} holds the data of {known}; give {name} a SHOPKEEPER_HOME of its own")


@lru_cache
def retailer() -> Retailer:
    """Return this deployment's retailer, read once per process."""
    return read_retailer(folder_of(settings().retailer))
