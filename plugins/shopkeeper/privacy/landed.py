"""Takes a person out of what has landed: raw, the sealed identifiers, refused rows and refused files."""

import gzip
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper import vault
from shopkeeper.contracts import Contract
from shopkeeper.files import sha256_of, write_json
from shopkeeper.landing import (
    REFUSAL,
    Anonymous,
    Receipt,
    Suppression,
    anonymized,
    own_rows,
    read_receipts,
    read_refusal,
    readable,
    refusal_ids,
    refused_file,
    tokens_of,
    touched_rows,
)
from shopkeeper.paths import Home
from shopkeeper.privacy.persons import Person, raw_batches
from shopkeeper.privacy.work import Work
from shopkeeper.vault import Vault, persons_of

WHY = "erasure"
ENCODINGS = ("utf-8", "gb18030", "utf-16", "windows-1252")
GROUP_ROWS = 122_880
GONE = b""
"""What is left of a refused record that named him; it counts on, and cannot be replayed."""


@dataclass
class Landed:
    """What has landed, while a person is taken out of it.

    `sealed`: under which names the vault keeps what is his. `values`: his identifiers as they were delivered,
    and his numbers; a refused record that holds one of them is his.
    """

    work: Work
    contracts: Sequence[Contract]
    suppression: Suppression
    person: Person
    number: int
    who: str
    values: frozenset[str]
    opened: Vault
    sealed: set[str] = field(default_factory=set)
    _issued: dict[Path, Receipt] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        """The home that it landed in."""
        return self.work.home

    def erase(self) -> None:
        """Write anew whatever names him."""
        self._raw()
        self._sealed()
        self._refused_rows()
        self._refused_files()
        for place, receipt in self._issued.items():
            numbered = replace(receipt, erasures=(*receipt.erasures, self.number))
            write_json(self.work.place(place), asdict(numbered))

    def _raw(self) -> None:
        keys: dict[tuple[str, str], set[str]] = {}
        columns = self.suppression.columns
        for contract, receipt, rows in raw_batches(self.home, self.contracts, columns):
            found = self.person.found_in(rows, columns.get(contract.name, {}), self.suppression)
            if found is not None:
                self._write_raw(contract, receipt, rows, found)
                his = rows.filter(touched_rows(rows, contract, found))
                for column in contract.key:
                    values = his[column].unique().drop_null().cast(pa.string()).to_pylist()
                    keys.setdefault((contract.system, column), set()).update(values)
        beside = [c for c in self.contracts if c.name not in columns and c.free_texts and len(c.key) == 1]
        for contract, receipt, rows in raw_batches(self.home, beside, columns):
            # Texts without a person beside them: answers to what was asked of him.
            (key,) = contract.key
            his_keys = keys.get((contract.system, key), set())
            if pc.any(pc.is_in(rows[key], value_set=pa.array(list(his_keys), pa.string()))).as_py():
                same = {key: {each: each for each in his_keys}}
                self._write_raw(contract, receipt, rows, Anonymous(same, pa.array([], pa.string())))

    def _write_raw(self, contract: Contract, receipt: Receipt, rows: pa.Table, found: Anonymous) -> None:
        changed, count = anonymized(rows, contract, found)
        if not count or changed.equals(rows):
            return
        self._note_sealed(contract, rows.filter(own_rows(rows, contract, found)))
        places = self.home.batch(receipt.system, receipt.table, receipt.batch_id)
        source = pq.ParquetFile(places.rows)
        target = self.work.place(places.rows)
        with pq.ParquetWriter(
            target, changed.schema.remove_metadata(), compression="zstd",
            write_page_checksum=True, store_schema=False,
        ) as writer:  # fmt: skip
            writer.write_table(changed, row_group_size=GROUP_ROWS)
            kept = (source.metadata.metadata or {}).items()
            writer.add_key_value_metadata({name.decode(): value.decode() for name, value in kept})
        self._issued[places.receipt] = replace(
            self._issued.get(places.receipt, receipt), raw_sha256=sha256_of(target)
        )
        self.work.counts[f"raw {contract.name}"] += count

    def _note_sealed(self, contract: Contract, own: pa.Table) -> None:
        """Remember the names under which the vault seals the identifiers of his rows."""
        person, key = contract.person_column, self.opened.token_key
        if not contract.sealed_columns:
            return
        if person is not None:
            named = persons_of(contract.system, own[person].cast(pa.string()), key)
            self.sealed |= set(pc.drop_null(named).to_pylist())
            own = own.filter(pc.is_null(own[person]))
        for column in contract.sealed_columns:
            tokens = tokens_of(own, column.name).unique().drop_null()
            mine = [t for t in tokens.to_pylist() if column.is_redacted or t in self.person.tokens]
            self.sealed |= set(persons_of("", pa.array(mine, pa.string()), key).to_pylist())

    def _sealed(self) -> None:
        persons = sorted(self.sealed)
        for file in self.opened.paths.sealed_batches():
            self.work.counts["vault"] += self.opened.without(file, self.work.place(file), persons)

    def _refused_rows(self) -> None:
        for receipt in read_receipts(self.home):
            places = self.home.batch(receipt.system, receipt.table, receipt.batch_id)
            if not receipt.quarantined_count or not places.quarantine.exists():
                continue
            kept = pq.ParquetFile(places.quarantine).read()
            plain = readable(self.home, kept, self.who, WHY)
            his = pa.array([self._is_named(record) for record in plain["record"].to_pylist()], pa.bool_())
            count = pc.sum(his).as_py()
            if not count:
                continue
            kept = _emptied(kept, his, self._sealed_nothing(kept, receipt.batch_id))
            pq.write_table(kept, self.work.place(places.quarantine), compression="zstd")
            sha256 = sha256_of(self.work.place(places.quarantine))
            self._issued[places.receipt] = replace(
                self._issued.get(places.receipt, receipt), quarantine_sha256=sha256
            )
            self.work.counts["quarantine rows"] += count

    def _refused_files(self) -> None:
        """Empty each file refused whole that names him: what cannot be read cannot be kept in part."""
        for key in refusal_ids(self.home):
            refusal = read_refusal(self.home, key)
            file = refused_file(self.home, key, refusal["file_name"])
            is_sealed = "sealed_sha256" in refusal and file.stat().st_size
            content = self.opened.read_file(file, key, self.who, WHY) if is_sealed else file.read_bytes()
            if not self._is_named(content):
                continue
            target = self.work.place(file)
            target.write_bytes(GONE)
            place = self.home.quarantined_files / key / REFUSAL
            kept = json.loads(place.read_bytes())
            numbers = [*kept.get("erasures", []), self.number]
            write_json(
                self.work.place(place), {**kept, "sealed_sha256": sha256_of(target), "erasures": numbers}
            )
            self.work.counts["quarantine files"] += 1

    def _sealed_nothing(self, rows: pa.Table, batch_id: str) -> bytes:
        is_sealed = (rows.schema.metadata or {}).get(b"sealed") == b"record"
        return self.opened.seal_bytes([GONE], batch_id)[0] if is_sealed else GONE

    def _is_named(self, content: bytes) -> bool:
        if content.startswith(b"\x1f\x8b"):
            with suppress(OSError, EOFError):
                content = gzip.decompress(content)
        texts = (content.decode(encoding, "replace").casefold() for encoding in ENCODINGS)
        return any(value in text for text in texts for value in self.values)


def _emptied(rows: pa.Table, his: pa.Array, nothing: bytes) -> pa.Table:
    """Return refused rows with nothing left of those that are his but the reason."""
    changes: Iterable[tuple[str, pa.Scalar]] = (
        ("record", pa.scalar(nothing, pa.binary())),
        ("record_sha256", pa.scalar(None, pa.string())),
        ("is_truncated", pa.scalar(True)),
        ("detail", pa.scalar("erased", pa.string())),
        ("said", pa.scalar('"erased"', pa.string())),
    )
    for name, value in changes:
        if name in rows.column_names:
            place = rows.schema.get_field_index(name)
            rows = rows.set_column(place, rows.schema.field(place), pc.if_else(his, value, rows[name]))
    return rows


def values_of(opened: Vault, person: Person, who: str, why: str) -> frozenset[str]:
    """Return his identifiers as they were delivered, and his longer numbers, in small letters."""
    numbers = {number for _, number in person.numbers if len(number) > 5}
    tokens = [token for token in person.tokens if vault.is_token(token)]
    revealed = opened.reveal(tokens, who, why) if tokens else {}
    delivered = {value for values in revealed.values() for value in values if len(value.strip()) > 3}
    return frozenset(each.strip().casefold() for each in numbers | delivered)
