"""Writes the page of canonical entities: what each is, its columns, and what delivering it unlocks.

Generated from the canonical contracts alone, so it is the same for every retailer.
"""

from shopkeeper.contracts.contract import Contract
from shopkeeper.contracts.dbt_models import sql_type
from shopkeeper.contracts.registry import Catalog

_ORIGIN = ("batch_id", "source_line_number")
_HEAD = """# The canonical entities

Written from `expectations/input/` by `shopkeeper contracts compile`: change the contracts, not this page.

A staging model `stg_<system>__<entity>` gives the columns that its source has, under the names below; others
are typed nulls. Each also gives `batch_id` and `source_line_number`, from `shopkeeper.typed_source`.
An entity that nobody delivers is an empty table, and what needs it is off.

"""


def entities_page(contracts: Catalog) -> str:
    """Return the page as Markdown; `contracts` are the canonical ones."""
    entities = sorted(contracts.input, key=lambda each: (not each.is_required, each.table))
    lines = ["| entity | required | key | unlocks |", "|---|---|---|---|"]
    for entity in entities:
        key = ", ".join(f"`{name}`" for name in entity.key) or "–"
        required = "yes" if entity.is_required else "no"
        unlocks = ", ".join(f"`{name}`" for name in unlocked(entity, contracts))
        lines.append(f"| [{entity.table}](#{entity.table}) | {required} | {key} | {unlocks} |")
    return _HEAD + "\n".join([*lines, *(line for each in entities for line in _section(each))]) + "\n"


def unlocked(entity: Contract, contracts: Catalog) -> list[str]:
    """Return the tables that an entity fills or switches on."""
    others = (*contracts.features, *contracts.scores, *contracts.marts)
    needing = [c.table for c in others if _needs(c, entity.table)]
    return [*entity.unlocks, *needing]


def _needs(contract: Contract, entity: str) -> bool:
    return any(need.partition(".")[0] == entity for need in (*contract.needs, *contract.needs_any))


def _section(entity: Contract) -> list[str]:
    columns = [column for column in entity.columns if column.name not in _ORIGIN]
    rows = [
        f"| `{c.name}`{' (key)' if c.is_key else ''} | {sql_type(c)} | {c.classification} | {c.description} |"
        for c in columns
    ]
    described = f"{entity.description} {entity.description_zh}"
    table = ["| column | type | class | meaning |", "|---|---|---|---|", *rows]
    return ["", f"## {entity.table}", "", described, "", *table]
