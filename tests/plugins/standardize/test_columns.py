"""One shape for all kinds: rows as they came, distinct values once, nothing of a person in an error."""

from collections import Counter
from datetime import date

import pyarrow as pa
import pytest

from shopkeeper import standardize
from shopkeeper.standardize import columns

PARTS = pa.schema([("length", pa.int64())])


def read_length(text: str) -> tuple[int]:
    return (len(text),)


def fail(text: str) -> tuple[int]:
    raise ValueError(f"cannot read {text}")


def test_a_null_stays_null_without_a_reason() -> None:
    phones = standardize.standardize_phones(pa.array(["13912345678", None, ""]))
    assert phones["phone"].to_pylist() == ["+8613912345678", None, None]
    assert phones["reason"].to_pylist() == [None, None, "EMPTY"]


def test_rows_keep_their_order_in_chunks() -> None:
    values = pa.chunked_array([["男", "女"], [], [None, "男"]], pa.string())
    assert standardize.standardize_genders(values)["gender"].to_pylist() == ["male", "female", None, "male"]


def test_text_in_any_layout_is_read() -> None:
    plain = pa.array(["女", None, "男", "女"])
    expected = ["female", None, "male", "female"]
    for values in (plain.cast(pa.large_string()), plain.dictionary_encode(), plain.slice(0)):
        assert standardize.standardize_genders(values)["gender"].to_pylist() == expected


def test_an_empty_column_has_all_its_parts() -> None:
    found = standardize.standardize_phones(pa.array([], pa.string()))
    assert found.schema.names == ["phone", "phone_extension", "reason"]
    assert found.num_rows == 0
    assert standardize.standardize_phones(pa.nulls(2)).num_rows == 2


def test_a_column_of_numbers_is_refused_in_one_line() -> None:
    with pytest.raises(TypeError, match=r"^the column is int64; cast it to text first$"):
        standardize.standardize_phones(pa.array([13912345678]))


def test_a_distinct_value_is_read_once() -> None:
    read: Counter[str] = Counter()

    def count(text: str) -> tuple[int]:
        read[text] += 1
        return (len(text),)

    found = columns.standardize_column(pa.chunked_array([["a", "bb"], ["a", None, "bb"]]), count, PARTS)
    assert found["length"].to_pylist() == [1, 2, 1, None, 2]
    assert read == {"a": 1, "bb": 1}


def test_a_library_that_fails_costs_one_value() -> None:
    found = columns.standardize_column(pa.array(["+8613912345678"]), fail, PARTS)
    assert found.to_pylist() == [{"length": None, "reason": "FAILED"}]


def test_a_text_too_long_is_not_read() -> None:
    found = columns.standardize_column(pa.array(["x" * 501]), fail, PARTS)
    assert found["reason"].to_pylist() == ["MALFORMED"]


def test_two_processes_return_what_one_returns() -> None:
    values = pa.array([f"139{number:08d}" for number in range(0, 90_000_000, 2_000)])
    alone = standardize.standardize_phones(values)
    with standardize.open_pool(2) as pool:
        assert standardize.standardize_phones(values, pool=pool).equals(alone)
        texts = pa.array(["一斤半", "2kg"])
        assert standardize.standardize_measures(texts, pool=pool)["unit"].to_pylist() == ["g", "g"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda v: standardize.standardize_phones(v, region="UK"), "no region 'UK'"),
        (lambda v: standardize.standardize_moments(v, zone="Beijing"), "no time zone 'Beijing'"),
        (lambda v: standardize.standardize_moments(v, order="YMD"), "no order 'YMD'"),
        (lambda v: standardize.standardize_birth_dates(v, date(2025, 6, 30), order="dmy"), "no order 'dmy'"),
        (lambda v: standardize.standardize_currencies(v, country="XX"), "the signs of 'XX' are not known"),
        (lambda v: standardize.standardize_measures(v, system="metric"), "no system 'metric'"),
        (lambda v: standardize.standardize_genders(v, codes={"1": "man"}), "codes mean"),
        (lambda v: standardize.standardize_categories(v, {"茶": "Tea", " 茶 ": "Drinks"}), "means both"),
    ],
)
def test_a_wrong_option_is_refused_by_its_name(call, message: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match=message):
        call(pa.array(["x"]))
