"""What tables and columns mean: words of a contract, else of dbt, else of the column that is copied."""

from collections.abc import Iterable

from shopkeeper.contracts import MASKED, Column, Contract
from shopkeeper.contracts.casts import duckdb_type
from shopkeeper.contracts.vocabulary import TYPES, vocabulary
from shopkeeper.dictionary.entries import Entry, Words
from shopkeeper.dictionary.graph import Model
from shopkeeper.words import say


def meaning(
    model: Model, contract: Contract | None, parents: Iterable[str], entities: Iterable[Contract]
) -> Words:
    """Return what a table means; a staging model without words of its own has those of its entity."""
    if contract is not None:
        return in_both(contract.description, contract.description_zh)
    entity = model.name.split("__")[1] if "__" in model.name else ""
    known = next((each for each in entities if each.table == entity), None)
    if known is None or not model.table.startswith("staging."):
        return in_both(model.description, say("zh", model.description))
    return in_both(model.description, f"{known.description_zh.rstrip('。')}（来自 {'、'.join(parents)}）。")


def documented(model: Model, name: str, copied: Words | None) -> Entry:
    """Return a column that only dbt documents; `copied`: the words of the column of its name it takes."""
    type_, said = model.columns.get(name, ("", ""))
    word = vocabulary().get(name)
    if word is not None:
        words = in_both(said or word.en, word.zh)
        return Entry(name, type_ or TYPES[word.type]["physicalType"], words, word.classification, word.unit)
    if said:
        return Entry(name, type_, in_both(said, say("zh", said)))
    return Entry(name, type_, copied or in_both(name.replace("_", " "), name))


def described(column: Column) -> Entry:
    """Return a column as its contract describes it, without values of persons."""
    return Entry(
        name=column.name,
        type=duckdb_type(column),
        description=in_both(column.description, column.description_zh),
        classification=column.classification,
        unit=column.unit,
        is_key=column.is_key,
        is_required=column.is_required,
        values=() if column.classification in MASKED else column.allowed_values or column.examples,
    )


def in_both(english: str, chinese: str) -> Words:
    """Return a text in both languages."""
    return {"en": english, "zh": chinese}
