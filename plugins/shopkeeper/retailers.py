"""The retailer of this deployment: one folder with ``retailer.yml``, contracts and a dbt project of his own.

Only what is read from that folder belongs here; what every retailer shares lies in ``dbt_project`` and
``expectations``.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from shopkeeper.errors import UserError
from shopkeeper.settings import PROJECT_ROOT, settings

FILE = "retailer.yml"


class Retailer(BaseModel):
    """What ``retailer.yml`` declares, and where the retailer's folder lies."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path
    name: str = Field(pattern=r"[a-z][a-z0-9_]*")
    title: dict[str, str]
    business_time_zone: str
    currency_code: str = Field(pattern=r"[A-Z]{3}")
    systems: dict[str, tuple[str, ...]]

    @field_validator("business_time_zone")
    @classmethod
    def _is_known(cls, zone: str) -> str:
        if zone not in available_timezones():
            raise ValueError(f"{zone} is no time zone; write one like Asia/Shanghai")
        return zone

    @property
    def contracts(self) -> Path:
        """Contracts of his sources, ``contracts/<system>/<table>.odcs.yaml``, and of borders of his own."""
        return self.folder / "contracts"

    @property
    def dbt(self) -> Path:
        """His dbt project: the root project, which installs Shopkeeper's as a package."""
        return self.folder / "dbt"

    @property
    def dbt_variables(self) -> dict[str, Any]:
        """What the canonical dbt project asks of a retailer."""
        return self.model_dump(mode="json", include={"systems", "business_time_zone", "currency_code"})


def folder_of(name_or_path: str) -> Path:
    """Return the folder of a retailer: a name below ``retailers/``, or a path."""
    shipped = PROJECT_ROOT / "retailers" / name_or_path
    folder = shipped if shipped.is_dir() else Path(name_or_path).expanduser().resolve()
    if not (folder / FILE).is_file():
        raise UserError(
            f"there is no retailer {name_or_path} ({folder / FILE} is missing); set SHOPKEEPER_RETAILER to a "
            "name below retailers/ or to a folder"
        )
    return folder


def read_retailer(folder: Path) -> Retailer:
    """Read one retailer's ``retailer.yml``; ``UserError`` names the first entry that is wrong."""
    try:
        declared = yaml.safe_load((folder / FILE).read_text(encoding="utf-8"))
        return Retailer(folder=folder, **declared)
    except (yaml.YAMLError, TypeError) as error:
        raise UserError(f"{folder / FILE} is not a YAML mapping; correct it") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UserError(f"{folder / FILE}: {where}: {first['msg']}; correct it") from error


@lru_cache
def retailer() -> Retailer:
    """Return this deployment's retailer, read once a process."""
    return read_retailer(folder_of(settings().retailer))
