"""Takes a person out of versions, of what steps learned, of texts, and of what was handed out to him."""

import json
from collections.abc import Sequence

from shopkeeper import warehouse
from shopkeeper.landing import Suppression
from shopkeeper.paths import Home, LearnedPaths, PrivacyPaths
from shopkeeper.privacy.persons import Number, Person
from shopkeeper.privacy.work import Names, Work, texts_of
from shopkeeper.retailers import retailer

TAKEN = "erased"
"""What a token becomes where it was."""


def rename(work: Work, suppression: Suppression, person: Person, number: int) -> set[str]:
    """Write versions, what was learned and all texts anew; return the person's names in versions."""
    home = work.home
    identifiers = {each: suppression.anonymous(each[1]) for each in person.numbers}
    tokens = dict.fromkeys(person.tokens, TAKEN)
    named = {
        version: _customers(warehouse.identities(home, version), identifiers)
        for version in warehouse.version_names(home)
    }
    customers = {old: new for of_version in named.values() for old, new in of_version.items()}
    names = Names({**{each: new for (_, each), new in identifiers.items()}, **customers, **tokens})
    for version, own in named.items():
        renaming = warehouse.Renaming(identifiers, {**customers, **own}, tokens)
        target = work.place(home.version(version).root)
        counts = warehouse.write_version(home, version, renaming, number, target, names.write)
        for table, count in counts.items():
            work.counts[f"{version} {table}"] += count
    renaming = warehouse.Renaming(identifiers, customers, tokens)
    for receipt in sorted(home.learned.glob("*/*.json")):
        places = home.learned_batch(receipt.parent.name, receipt.stem)
        written = LearnedPaths(work.place(places.rows), work.place(places.receipt))
        work.counts["learned"] += warehouse.write_learned(receipt, written, renaming, number)
    for file in texts_of((home.failed, home.airflow, home.actions)):
        work.counts[str(file.relative_to(home.root).parts[0])] += names.write(file, work.place(file))
    for file in sorted(home.failed.rglob("*.parquet")):
        work.counts["failed"] += warehouse.write_parquet(file, work.place(file), renaming)
    return set(customers) | {each for _, each in person.numbers if len(each) > 5}


def _customers(rows: Sequence[dict[str, str]], identifiers: dict[Number, str]) -> dict[str, str]:
    """Return the person's names in a version, and the names that a build would give the anonymous ids."""
    types = retailer().identifiers
    found: dict[str, list[tuple[int, str, str]]] = {}
    for row in rows:
        kind = row["identifier_type"]
        new = identifiers.get((kind, row["identifier_value"]))
        if new is not None:
            rank = types.index(kind) if kind in types else len(types)
            found.setdefault(row["customer_id"], []).append((rank, kind, new))
    return {
        customer: value if rank == 0 else f"{kind}:{value}"
        for customer, ids in found.items()
        for rank, kind, value in [min(ids)]
    }


def exports_of(home: Home, person: Person) -> list[str]:
    """Return the names of the folders that hold what was handed out to him."""
    paths, found = PrivacyPaths(home.privacy), []
    for folder in paths.exports.iterdir() if paths.exports.is_dir() else ():
        file = paths.exported(folder.name)
        held = {tuple(each) for each in json.loads(file.read_bytes())["numbers"]} if file.exists() else set()
        found += [folder.name] if held & person.numbers or not file.exists() else []
    return found
