"""What the numbers of a right row add up to, as a contract says it: `amount = qty * price - discount`.

Which of two rows counts by it is decided at landing.
"""

import re
from collections.abc import Callable, Collection

from shopkeeper.contracts.contract import Column

TOLERANCE = "0.01"
"""Money that a producer may round otherwise."""

_FORM = re.compile(r"[a-z_]\w*(?: *[-+*] *[a-z_]\w*)* *= *[a-z_]\w*(?: *[-+*] *[a-z_]\w*)*")
_NAME = re.compile(r"\w+")


def require_sum(sum_of_columns: str | None, columns: Collection[Column]) -> None:
    """Raise `ValueError` unless it is two sums or products of number columns with `=` between."""
    if sum_of_columns is None:
        return
    numbers = {column.name for column in columns if column.type in ("integer", "decimal", "double")}
    if not _FORM.fullmatch(sum_of_columns) or not numbers.issuperset(_NAME.findall(sum_of_columns)):
        raise ValueError(
            "addsUp is no equation of its number columns; write it as amount = qty * price - discount"
        )


def adds_up_sql(sum_of_columns: str | None, value: Callable[[str], str]) -> str:
    """Return a condition: a row adds up; `value` is the SQL of a column. Without a sum none does."""
    if sum_of_columns is None:
        return "false"
    left, right = (
        _NAME.sub(lambda name: f"coalesce({value(name.group())}, 0)", side)
        for side in sum_of_columns.split("=")
    )
    return f"abs(({left}) - ({right})) <= {TOLERANCE}"
