"""`python -m tests.benchmarks.vault [PERSONS]`: identifiers are hashed, sealed and opened; of 1,000,000 persons.

Each person has a name, a phone, an e-mail and a card number. Tokens of phones are made by two processes.
"""

import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from shopkeeper import standardize, vault
from shopkeeper.paths import Home

PERSONS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
ASKED = 10_000
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂华国建文志海"
WHO, WHY = "benchmark", "measurement"

table = Table("what", "wall s", "processor s", "peak MB so far", "load", title=f"{PERSONS:,} persons")


@contextmanager
def measured(what: str) -> Iterator[None]:
    """Add a line to the table."""
    start, worked = time.perf_counter(), processor_seconds()
    yield
    wall, worked = time.perf_counter() - start, processor_seconds() - worked
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {wall:.1f} s, {worked:.1f} s of processor time", file=sys.stderr, flush=True)
    table.add_row(what, f"{wall:.1f}", f"{worked:.1f}", f"{peak:,.0f}", f"{os.getloadavg()[0]:.1f}")


def processor_seconds() -> float:
    """Return the time that this process and its children that ended have worked."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def main() -> None:
    """Measure in a home of its own, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        measure(Home(Path(folder) / "home"), Path(folder) / "plain.parquet")
    Console(width=None if sys.stdout.isatty() else 120).print(table)


def measure(home: Home, plain: Path) -> None:
    """Take the way of one batch through the vault."""
    opened, key = vault.open_vault(home), vault.open_vault(home).token_key
    chance = random.Random(7)
    columns = {
        "phone": pa.array([f"139 {chance.randrange(10**8):08d}" for _ in range(PERSONS)]),
        "name": pa.array(["王" + "".join(chance.choices(GIVEN, k=2)) for _ in range(PERSONS)]),
        "text": pa.array([f"6222{chance.randrange(10**12):012d}" for _ in range(PERSONS)]),
        "email": pa.array([f"li.wei{chance.randrange(10**9)}@qq.com" for _ in range(PERSONS)]),
    }
    with measured("persons"):
        persons = vault.persons_of("crm", pa.array([f"c-{number}" for number in range(PERSONS)]), key)
    with measured("tokens of phones, two processes"), standardize.open_pool(2) as pool:
        tokens = {"phone": vault.tokenize(columns["phone"], "phone", "CN", key, pool)["token"]}
    with measured("tokens of texts"):
        tokens["text"] = vault.tokenize(columns["text"], "text", None, key)["token"]
    for kind in ("name", "email"):  # as fast as text, beside standardising, which has a benchmark of its own
        tokens[kind] = vault.tokenize(columns[kind], "text", None, key)["token"]
    parts = [
        pa.table({"person": persons, "token": tokens[kind], "kind": [kind] * PERSONS, "value": values})
        for kind, values in columns.items()
    ]
    pq.write_table(pa.concat_tables(parts).combine_chunks(), plain)
    target = opened.paths.sealed_batch("crm", "customers", "b1")
    del parts, columns
    with measured("seal 4 identifiers a person, keys made"):
        opened.seal(plain, target)
    with measured("seal again, keys there"):
        opened.seal(plain, target)
    asked = chance.sample(tokens["phone"].to_pylist(), ASKED)
    with measured(f"reveal {ASKED:,}"):
        found = opened.reveal(asked, WHO, WHY)
    assert len(found) == len(set(asked))
    with measured("rotate"):
        opened.rotate(WHO, WHY)
    assert opened.reveal(asked[:1], WHO, WHY)
    with measured("forget 100"):
        opened.forget(persons.slice(0, 100).to_pylist(), WHO, WHY)
    sizes = (opened.paths.keyring, target, plain)
    table.caption = ", ".join(f"{file.name}: {file.stat().st_size / 1e6:.0f} MB" for file in sizes)


if __name__ == "__main__":
    main()
