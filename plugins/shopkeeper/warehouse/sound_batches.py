"""Refuses batches that no version may be built from: damaged raw, or identifiers of persons in plain."""

from concurrent.futures import ThreadPoolExecutor

from shopkeeper.contracts import catalog
from shopkeeper.errors import UserError
from shopkeeper.landing import find_damage_of_file
from shopkeeper.paths import Home
from shopkeeper.settings import settings
from shopkeeper.warehouse.landed_batches import Batch


def require_sound(home: Home, batches: list[Batch]) -> None:
    """Raise `UserError` unless every raw file is what was landed, with tokens for identifiers."""
    _require_tokens(batches)

    def damage_of(batch: Batch) -> str | None:
        rows = home.batch(batch.system, batch.table, batch.batch_id).rows
        return find_damage_of_file(rows, batch.raw_sha256, batch.accepted_count)

    with ThreadPoolExecutor(settings().threads) as pool:
        damages = [damage for damage in pool.map(damage_of, batches) if damage]
    if damages:
        more = f" ({len(damages) - 1} more: `shopkeeper verify` lists them)" if damages[1:] else ""
        raise UserError(f"{damages[0]}{more}")


def _require_tokens(batches: list[Batch]) -> None:
    sources = {(contract.system, contract.table): contract for contract in catalog().sources}
    for batch in batches:
        contract = sources.get((batch.system, batch.table))
        plain = contract.first_in_plain(batch.tokenized) if contract else None
        if plain is not None:
            raise UserError(
                f"{batch.file_name} of {batch.system}.{batch.table} landed before {plain} was a direct "
                "identifier; drop the file into the inbox again, it then lands with tokens"
            )
