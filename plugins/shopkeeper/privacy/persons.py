"""Who a person is: every number under which systems know him, his tokens, his names in each version."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from shopkeeper import vault, warehouse
from shopkeeper.contracts import Contract
from shopkeeper.errors import UserError
from shopkeeper.landing import STRONG, Anonymous, Receipt, Suppression, read_receipts, tokens_of
from shopkeeper.paths import Home
from shopkeeper.privacy.columns import NumberColumns, certain, kinds_of
from shopkeeper.vault import TokenKey

Number = tuple[str, str]
"""Type of an identifier, and the number."""


@dataclass(frozen=True)
class Person:
    """One person. `tokens`: those that are in no other person's rows, with the kind of value of each."""

    numbers: frozenset[Number]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def strong_tokens(self) -> "pa.Array":
        """The tokens by which a row is his although it does not have his number."""
        return pa.array(sorted(t for t, kind in self.tokens.items() if kind in STRONG), pa.string())

    def found_in(
        self, rows: pa.Table, columns: dict[str, list[str]], suppression: Suppression
    ) -> Anonymous | None:
        """Return what to change in rows of raw, or None if he is not in them."""
        numbers: dict[str, dict[str, str]] = {}
        for column, kinds in columns.items():
            if column not in rows.column_names:
                continue
            mine = pa.array([number for kind, number in self.numbers if kind in kinds], pa.string())
            held = rows[column].unique().cast(pa.string())
            if found := held.filter(pc.is_in(held, value_set=mine)).to_pylist():
                numbers[column] = {number: suppression.anonymous(number) for number in found}
        strong = self.strong_tokens
        has_token = any(
            pc.any(pc.is_in(rows[name], value_set=strong)).as_py()
            for name in rows.column_names
            if len(strong) and pa.types.is_string(rows.schema.field(name).type)
        )
        return Anonymous(numbers, strong) if numbers or has_token else None


def find_person(
    home: Home,
    contracts: Sequence[Contract],
    columns: NumberColumns,
    numbers: Iterable[Number],
    key: TokenKey,
) -> Person:
    """Return the person with these numbers, with all that any kept version links to them."""
    return find_persons(home, contracts, columns, [numbers], key)[0]


def find_persons(
    home: Home,
    contracts: Sequence[Contract],
    columns: NumberColumns,
    named: Iterable[Iterable[Number]],
    key: TokenKey,
) -> tuple[Person, int]:
    """Return several persons as one, and how many they are; `named`: some numbers of each.

    Tokens that they share with each other alone are theirs.
    """
    suppression = Suppression(key)
    persons = [frozenset(numbers) for numbers in named]
    while (grown := _alike(home, contracts, columns, _linked(home, persons), suppression)) != persons:
        persons = grown
    numbers = frozenset[Number]().union(*persons)
    tokens = _own_tokens(home, contracts, columns, Person(numbers), suppression)
    return Person(numbers, tokens), len(set(persons))


def numbers_of_system(
    home: Home, contracts: Sequence[Contract], columns: NumberColumns, system: str, number: str
) -> set[Number]:
    """Return a system's number with its type. Raises `UserError` if nothing is held under it."""
    named = {(kind, number) for kind in kinds_of(system, columns, contracts)}
    held: set[Number] = set()
    for contract, _, rows in raw_batches(home, contracts, columns):
        for column, kinds in columns.get(contract.name, {}).items():
            if column in rows.column_names and pc.any(pc.equal(rows[column], number)).as_py():
                held |= {each for each in named if each[0] in kinds}
    if not held:
        raise UserError(f"nothing is held of that number of {system}; see how the system writes it")
    return held


def numbers_of_token(
    home: Home, contracts: Sequence[Contract], columns: NumberColumns, token: str, key: TokenKey
) -> set[Number]:
    """Return the numbers in the rows with a token. Raises `UserError` unless they are of one person."""
    if not vault.is_token(token):
        raise UserError("that is no token; a token is t1_ and 32 digits or letters from a to f")
    found: list[set[Number]] = []
    for contract, _, rows in raw_batches(home, contracts, columns):
        person = contract.person_column
        if person is None or person not in columns.get(contract.name, {}):
            continue
        kinds = certain(contract.system, columns[contract.name][person])
        for column in contract.sealed_columns:
            his = rows.filter(pc.equal(tokens_of(rows, column.name), token))[person]
            for number in pc.drop_null(his.unique()).to_pylist():
                found.append({(kind, number) for kind in kinds})
    if not found:
        raise UserError(
            "no row with a number of a person holds that token; name a number: --system, --number"
        )
    first = find_person(home, contracts, columns, found[0], key)
    if any(not each & first.numbers for each in found):
        raise UserError("rows of several persons hold that token; name one of them: --system, --number")
    return set().union(*found)


def raw_batches(
    home: Home, contracts: Iterable[Contract], columns: NumberColumns
) -> Iterator[tuple[Contract, Receipt, pa.Table]]:
    """Yield each batch of the tables in which persons can be, with its rows."""
    for contract in contracts:
        if contract.name not in columns and not contract.sealed_columns:
            continue
        for receipt in read_receipts(home, contract.system, contract.table):
            if receipt.expired_at is not None:
                continue
            file = home.batch(receipt.system, receipt.table, receipt.batch_id).rows
            yield contract, receipt, pq.ParquetFile(file).read()


def _linked(home: Home, persons: Sequence[frozenset[Number]]) -> list[frozenset[Number]]:
    """Return the persons with the numbers of every customer, of some kept version, who has one of theirs."""
    wanted, customers = frozenset[Number]().union(*persons), list[set[Number]]()
    for version in warehouse.version_names(home):
        rows = [
            (r["customer_id"], (r["identifier_type"], r["identifier_value"]))
            for r in warehouse.identities(home, version)
        ]
        numbers: dict[str, set[Number]] = {customer: set() for customer, number in rows if number in wanted}
        for customer, number in rows:
            if customer in numbers:
                numbers[customer].add(number)
        customers += numbers.values()
    return [person.union(*(each for each in customers if each & person)) for person in persons]


def _alike(
    home: Home,
    contracts: Sequence[Contract],
    columns: NumberColumns,
    persons: Sequence[frozenset[Number]],
    suppression: Suppression,
) -> list[frozenset[Number]]:
    """Return the persons with the numbers of rows that share a name with theirs, and a phone, an e-mail or an
    identity card.
    """
    everybody = Person(frozenset[Number]().union(*persons))
    names, strong = [set[str]() for _ in persons], [set[str]() for _ in persons]
    for contract, rows, is_theirs in _named_rows(home, contracts, columns, everybody, suppression):
        kinds = columns[contract.name][contract.person_column or ""]
        for number, named, held in _told(contract, rows.filter(is_theirs)):
            for place, person in enumerate(persons):
                if any((kind, number) in person for kind in kinds):
                    names[place] |= named
                    strong[place] |= held
    found = [set(person) for person in persons]
    for contract, rows, _ in _named_rows(home, contracts, columns, everybody, suppression):
        kinds = columns[contract.name][contract.person_column or ""]
        for wanted, of in ((names, ("name",)), (strong, STRONG)):
            rows = rows.filter(_holds(contract, rows, set().union(*wanted), of))
        for number, named, held in _told(contract, rows):
            for place, person in enumerate(persons):
                is_own = any((kind, number) in person for kind in kinds)
                if number is not None and not is_own and named & names[place] and held & strong[place]:
                    found[place] |= {(kind, number) for kind in certain(contract.system, kinds)}
    return [frozenset(each) for each in found]


def _told(contract: Contract, rows: pa.Table) -> Iterator[tuple[str | None, set[str], set[str]]]:
    """Yield the number of each row, the tokens of its names, and those of phones, e-mails and cards."""
    named = [c.name for c in contract.direct_identifiers if c.identifier_kind == "name"]
    strong = [c.name for c in contract.direct_identifiers if c.identifier_kind in STRONG]
    for row in rows.to_pylist():
        names, held = ({row[name] for name in each} - {None} for each in (named, strong))
        yield row[contract.person_column or ""], names, held


def _own_tokens(
    home: Home,
    contracts: Sequence[Contract],
    columns: NumberColumns,
    person: Person,
    suppression: Suppression,
) -> dict[str, str]:
    """Return the tokens in his rows that no other person's rows hold, with their kinds."""
    mine, others = dict[str, str](), set[str]()
    for contract, rows, is_his in _named_rows(home, contracts, columns, person, suppression):
        is_others = pc.and_(pc.is_valid(rows[contract.person_column]), pc.invert(is_his))
        for column in contract.sealed_columns:
            tokens = tokens_of(rows, column.name)
            kind = "free_text" if column.is_redacted else column.identifier_kind
            mine |= dict.fromkeys(pc.drop_null(tokens.filter(is_his)).to_pylist(), kind)
            others |= set(pc.drop_null(tokens.filter(is_others).unique()).to_pylist())
    return {token: kind for token, kind in mine.items() if token not in others}


def _named_rows(
    home: Home,
    contracts: Sequence[Contract],
    columns: NumberColumns,
    person: Person,
    suppression: Suppression,
) -> Iterator[tuple[Contract, pa.Table, pa.Array]]:
    """Yield the batches of tables with identifiers and numbers of persons, and which rows are his."""
    for contract, _, rows in raw_batches(home, [c for c in contracts if c.sealed_columns], columns):
        name = contract.person_column
        if name is None or name not in columns.get(contract.name, {}):
            continue
        found = person.found_in(rows, {name: columns[contract.name][name]}, suppression)
        wanted = pa.array(list(found.numbers.get(name, {})) if found else [], pa.string())
        yield contract, rows, pc.is_in(rows[name], value_set=wanted)


def _holds(contract: Contract, rows: pa.Table, tokens: set[str], kinds: Sequence[str]) -> pa.ChunkedArray:
    held = pa.chunked_array([pa.array([False] * rows.num_rows, pa.bool_())])
    for column in contract.direct_identifiers:
        if column.identifier_kind in kinds:
            held = pc.or_(held, pc.is_in(rows[column.name], value_set=pa.array(sorted(tokens), pa.string())))
    return held
