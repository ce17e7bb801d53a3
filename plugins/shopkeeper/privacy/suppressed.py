"""Who must not come back: the list that landing reads, and whoever of it is found again."""

import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper import warehouse
from shopkeeper.contracts import catalog
from shopkeeper.landing import Suppression, read_suppression, write_suppression
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.privacy.columns import number_columns
from shopkeeper.privacy.persons import Number, Person, raw_batches


def suppressed(home: Home, now: Suppression, person: Person, number: int) -> Suppression:
    """Return who must not come back from now on."""
    before = read_suppression(home)
    hashes = dict(before.hashes) if before else {}
    columns = {**(before.columns if before else {}), **now.columns}
    for kind, each in person.numbers:
        hashes.setdefault(now.number_hash(kind, each), number)
    for token in person.strong_tokens.to_pylist():
        hashes.setdefault(now.token_hash(token), number)
    return Suppression(now.key, columns, hashes)


def renew_columns(home: Home) -> bool:
    """Look for the suppressed in columns that are new since the last erasure; return whether any are."""
    known = read_suppression(home)
    if known is None:
        return False
    columns = {**known.columns, **number_columns(home, catalog().sources)}
    if columns == known.columns:
        return False
    renewed = Suppression(known.key, columns, known.hashes)
    write_suppression(PrivacyPaths(home.privacy).suppressed, renewed)
    return True


def found_again(home: Home) -> set[Number]:
    """Return the numbers of one suppressed person that raw or a version holds; empty if none is found."""
    suppression = read_suppression(home)
    if suppression is None:
        return set()
    contracts = catalog().sources
    for version in warehouse.version_names(home):
        for row in warehouse.identities(home, version):
            number = row["identifier_type"], row["identifier_value"]
            if suppression.number_hash(*number) in suppression.hashes:
                return {number}
    for contract, _, rows in raw_batches(home, contracts, suppression.columns):
        for column, kinds in suppression.columns.get(contract.name, {}).items():
            if column not in rows.column_names:
                continue
            for each in pc.drop_null(rows[column].unique()).cast(pa.string()).to_pylist():
                found = {(k, each) for k in kinds if suppression.number_hash(k, each) in suppression.hashes}
                if found:
                    return found
    return set()
