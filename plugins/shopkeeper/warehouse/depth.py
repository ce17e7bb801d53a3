"""Which of the models that a test reads is built last: the test waits for it, and belongs to its folder."""

from collections.abc import Collection, Mapping
from functools import cache


def last_built(models: Collection[str], parents: Mapping[str, Collection[str]]) -> str | None:
    """Return the model with the longest way to it, by name among equals; None if none of them is known.

    `parents`: what each model of one dbt run reads; anything else counts as built before.
    """

    @cache
    def depth(model: str) -> int:
        return 1 + max((depth(each) for each in parents[model] if each in parents), default=0)

    return max(
        (each for each in models if each in parents), key=lambda each: (depth(each), each), default=None
    )
