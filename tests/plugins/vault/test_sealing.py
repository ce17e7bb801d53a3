"""What is sealed comes back unchanged to whom it may, and to nobody else."""

import json
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from tests.plugins.vault.customers import CUSTOMERS, identifiers, revealed, seal, values_of

from shopkeeper import vault
from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.vault import sealed_batches

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
CUSTOMER = st.dictionaries(st.sampled_from(vault.KINDS), TEXTS, max_size=3)


def test_every_identifier_is_revealed_as_it_was_delivered(home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    assert revealed(vault.open_vault(home), rows) == values_of(rows)


@given(customers=st.dictionaries(TEXTS, CUSTOMER, max_size=4))
@examples(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_reveal_returns_whatever_was_sealed(customers: dict[str, dict[str, str]], home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened, customers)
    file = seal(opened, rows)
    assert revealed(opened, rows) == values_of(rows)
    file.unlink()


def test_a_large_batch_is_sealed_in_ranges(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed_batches, "_ROWS_AT_ONCE", 7)
    monkeypatch.setattr(sealed_batches, "_PERSONS_OF_A_GROUP", 2)
    opened = vault.open_vault(home)
    customers = {
        f"c-{number}": {"phone": f"1381234{number:04}", "text": f"card {number}"} for number in range(40)
    }
    rows = identifiers(opened, customers)
    persons = pq.read_table(seal(opened, rows))["person"].to_pylist()
    assert persons == sorted(set(rows["person"].to_pylist()))
    assert revealed(opened, rows) == values_of(rows)


def test_both_spellings_of_one_phone_are_kept(home: Home) -> None:
    opened = vault.open_vault(home)
    seal(opened, identifiers(opened, {"c-1": {"phone": "13812345678"}}), "monday")
    rows = identifiers(opened, {"c-1": {"phone": "+86 138-1234-5678"}})
    seal(opened, rows, "tuesday")
    assert list(revealed(opened, rows).values()) == [["+86 138-1234-5678", "13812345678"]]


def test_no_value_is_plain_in_any_file_of_the_vault(home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    revealed(opened, rows)
    held = b"".join(path.read_bytes() for path in home.vault.rglob("*") if path.is_file())
    held += json.dumps(pq.read_table(opened.paths.sealed_batches()[0]).to_pydict(), default=str).encode()
    for value in rows["value"].to_pylist():
        assert value.encode() not in held
        assert json.dumps(value).encode() not in held


def test_every_file_of_the_vault_is_its_owners_only(home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    revealed(opened, rows)
    assert stat.S_IMODE(home.vault.stat().st_mode) == 0o700
    files = [path for path in home.vault.rglob("*") if path.is_file() and path != opened.paths.lock]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}


def test_an_altered_blob_is_refused(home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    file = seal(opened, rows)
    table = pq.read_table(file)
    changed = [blob[:-1] + bytes([blob[-1] ^ 1]) for blob in table["blob"].to_pylist()]
    pq.write_table(table.set_column(2, "blob", pa.array(changed)), file)
    with pytest.raises(UserError, match="was altered"):
        revealed(opened, rows)


def test_the_blob_of_another_person_is_refused(home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    file = seal(opened, rows)
    table = pq.read_table(file)
    pq.write_table(table.set_column(2, "blob", pa.array(table["blob"].to_pylist()[::-1])), file)
    with pytest.raises(UserError, match="was altered"):
        revealed(opened, rows)


def test_an_identifier_without_a_person_is_not_sealed(home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    rows = rows.set_column(0, "person", pa.array([None, *rows["person"].to_pylist()[1:]]))
    with pytest.raises(ValueError, match="without person"):
        seal(opened, rows)
    assert opened.paths.sealed_batches() == []


def test_a_forgotten_person_cannot_be_revealed(home: Home) -> None:
    opened = vault.open_vault(home)
    rows = identifiers(opened)
    seal(opened, rows)
    person = rows["person"][0].as_py()
    with vault.keyring.opened(opened.paths) as keys:
        key = keys.keys("person", [person])[person]
        wrapped = keys._connection.execute("select wrapped from keys where holder = ?", (person,)).fetchone()[
            0
        ]
    assert wrapped in opened.paths.keyring.read_bytes()
    assert opened.forget([person, "nobody"], "ada", "request 7") == 1

    left = revealed(opened, rows)
    gone = {row["token"] for row in rows.to_pylist() if row["person"] == person}
    assert left == {token: values for token, values in values_of(rows).items() if token not in gone}
    for path in (path for path in home.vault.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert wrapped not in content
        assert wrapped[12:44] not in content
        assert key not in content


@pytest.mark.parametrize("size", [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2_500_000])
def test_a_sealed_file_opens_to_the_same_bytes(home: Home, tmp_path: Path, size: int) -> None:
    opened = vault.open_vault(home)
    plain, sealed, again = (tmp_path / name for name in ("customers.csv", "sealed", "again"))
    plain.write_bytes(bytes(number % 251 for number in range(size)))
    opened.seal_file(plain, sealed, "refusal-1")
    opened.open_file(sealed, again, "refusal-1", "ada", "replay")
    assert again.read_bytes() == plain.read_bytes()
    assert opened.read_file(sealed, "refusal-1", "ada", "replay") == plain.read_bytes()
    assert stat.S_IMODE(again.stat().st_mode) == 0o600


@pytest.mark.parametrize("change", ["cut", "cut to chunks", "swap", "flip", "none of ours", "empty"])
def test_a_changed_file_does_not_open(home: Home, tmp_path: Path, change: str) -> None:
    opened = vault.open_vault(home)
    plain, sealed, again = (tmp_path / name for name in ("customers.csv", "sealed", "again"))
    plain.write_bytes(b"x" * 2_500_000)
    opened.seal_file(plain, sealed, "refusal-1")
    content, head, chunk = sealed.read_bytes(), 20, (1 << 20) + 16
    first, second, rest = (
        content[head : head + chunk],
        content[head + chunk : head + 2 * chunk],
        head + chunk * 2,
    )
    sealed.write_bytes(
        {
            "cut": content[:-1],
            "cut to chunks": content[:rest],
            "swap": content[:head] + second + first + content[rest:],
            "flip": content[:-1] + bytes([content[-1] ^ 1]),
            "none of ours": plain.read_bytes(),
            "empty": b"",
        }[change]
    )
    with pytest.raises(UserError, match="was altered"):
        opened.open_file(sealed, again, "refusal-1", "ada", "replay")
    assert not again.exists()


def test_a_file_opens_under_its_own_name_only(home: Home, tmp_path: Path) -> None:
    opened = vault.open_vault(home)
    plain, sealed = tmp_path / "customers.csv", tmp_path / "sealed"
    plain.write_text("phone\n13812345678\n")
    opened.seal_file(plain, sealed, "refusal-1")
    opened.seal_file(plain, tmp_path / "other", "refusal-2")
    with pytest.raises(UserError, match="was altered"):
        opened.read_file(sealed, "refusal-2", "ada", "replay")
    with pytest.raises(UserError, match="has no key for refusal-3"):
        opened.read_file(sealed, "refusal-3", "ada", "replay")


def test_sealed_bytes_open_under_their_own_name_only(home: Home) -> None:
    opened = vault.open_vault(home)
    records = [b"13812345678,wang", b"", "王".encode()]
    sealed = opened.seal_bytes(records, "batch-1")
    assert not set(records) & set(sealed)
    assert opened.open_bytes(sealed, "batch-1", "ada", "replay") == records
    opened.seal_bytes([], "batch-2")
    with pytest.raises(UserError, match="sealed as batch-2 was altered"):
        opened.open_bytes(sealed, "batch-2", "ada", "replay")


def test_customers_of_the_example_have_standard_and_other_values(home: Home) -> None:
    opened = vault.open_vault(home)
    reasons = {
        (customer, kind): vault.tokenize(pa.array([value]), kind, "CN", opened.token_key)["reason"][0].as_py()
        for customer, known in CUSTOMERS.items()
        for kind, value in known.items()
    }
    assert {place for place, reason in reasons.items() if reason} == {("c-3", "phone")}
