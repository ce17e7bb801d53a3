"""How long the rows of a source are kept: `slaProperties` with the property `retention`.

Removing what is older belongs to `storage`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from open_data_contract_standard.model import OpenDataContractStandard

Unit = Literal["d", "y"]
_UNITS: dict[str, Unit] = {"d": "d", "day": "d", "days": "d", "y": "y", "yr": "y", "year": "y", "years": "y"}
"""As the standard spells them."""


@dataclass(frozen=True)
class Retention:
    """How long the rows of a source are kept: `count` days (`d`) or calendar years (`y`).

    It counts from the day in `column`; without one from the business date, and without that from landing.
    """

    count: int
    unit: Unit
    column: str | None = None

    def __str__(self) -> str:
        """Say it in words, such as `2 years`."""
        return f"{self.count} {'days' if self.unit == 'd' else 'years'}"

    def first_kept(self, today: date) -> date:
        """Return the first day whose rows are kept on this day."""
        if self.unit == "d":
            return today - timedelta(days=self.count)
        is_leap_day = (today.month, today.day) == (2, 29)
        return today.replace(year=today.year - self.count, day=28 if is_leap_day else today.day)


def read_retention(standard: OpenDataContractStandard) -> Retention | None:
    """How long rows are kept, and by which column's day (`element: <table>.<column>`)."""
    promises = [each for each in standard.slaProperties or [] if each.property == "retention"]
    if not promises:
        return None
    (promise,) = promises
    unit = _UNITS.get(str(promise.unit))
    if unit is None or not str(promise.value).isdigit() or int(str(promise.value)) < 1:
        raise ValueError(
            f"the retention is {promise.value} {promise.unit}; write a whole number of d (days) or y (years)"
        )
    column = str(promise.element or "").partition(".")[2]
    return Retention(int(str(promise.value)), unit, column or None)
