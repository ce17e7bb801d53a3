"""Refuses batches that landed before their contract named a direct identifier: raw holds it in plain."""

from collections.abc import Iterable

from shopkeeper.contracts import catalog
from shopkeeper.errors import UserError
from shopkeeper.warehouse.batch_list import Batch


def require_tokens(batches: Iterable[Batch]) -> None:
    """Raise `UserError` if a batch lacks the tokens of a column that is a direct identifier by now."""
    named = {(c.system, c.table): {column.name for column in c.direct_identifiers} for c in catalog().sources}
    for batch in batches:
        plain = named[batch.system, batch.table].difference(batch.tokenized)
        if plain:
            raise UserError(
                f"{batch.file_name} of {batch.system}.{batch.table} landed before {min(plain)} was a direct "
                "identifier; drop the file into the inbox again, it then lands with tokens"
            )
