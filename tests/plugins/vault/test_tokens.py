"""One value is one token however it is written; two values, kinds or homes are two."""

import pickle

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from shopkeeper import vault
from shopkeeper.vault import TokenKey

KEY = TokenKey("t1", bytes(range(32)))


def tokens(
    kind: str, *values: str | None, country: str | None = "CN", key: TokenKey = KEY
) -> list[str | None]:
    return vault.tokenize(pa.array(values, pa.string()), kind, country, key)["token"].to_pylist()


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        ("phone", ["138 1234 5678", "+86-138-1234-5678", "０１３８１２３４５６７８"[1:], "13812345678 "]),
        ("phone", ["0571-88888888转801", "0571-88888888-801"]),
        ("email", ["Anna@GMAIL.com", " anna@gmail.com"]),
        ("name", ["歐陽娜娜", "欧阳 娜娜"]),
        ("name", ["Smith, John", "John  Smith", "JOHN SMITH"]),
        ("address", ["浙江省杭州市西湖区文三路1号", "浙江 杭州 西湖区 文三路1号"]),
        ("postcode", ["sw1a1aa", "SW1A 1AA"]),
        ("identity_card", ["11010519491231002x", "110105 19491231 002X"]),
        ("birth_date", ["1985年3月6日", "1985-03-06", "1985/3/6"]),
        ("text", [" card 7", "card 7 "]),
    ],
)
def test_two_spellings_are_one_token(kind: str, spellings: list[str]) -> None:
    assert len(set(tokens(kind, *spellings))) == 1


@given(number=st.integers(1, 99_999_999), separators=st.tuples(*[st.sampled_from(["", " ", "-"])] * 2))
@examples(max_examples=50, deadline=None)
def test_every_spelling_of_a_mobile_number_is_one_token(number: int, separators: tuple[str, str]) -> None:
    digits = f"138{number:08}"
    written = digits[:3] + separators[0] + digits[3:7] + separators[1] + digits[7:]
    assert len(set(tokens("phone", digits, written, f"+86 {written}", f"+86{digits}"))) == 1


@given(value=st.text(st.characters(exclude_categories=("Cs",))))
@examples(max_examples=50, deadline=None)
def test_one_text_under_two_kinds_is_two_tokens(value: str) -> None:
    found = [tokens(kind, value)[0] for kind in vault.KINDS]
    assert len(set(found)) == len(vault.KINDS)
    assert all(vault.is_token(token or "") for token in found)


def test_two_extensions_of_one_number_differ() -> None:
    assert len(set(tokens("phone", "0571-88888888转801", "0571-88888888转802", "0571-88888888"))) == 3


def test_a_value_without_standard_form_keeps_its_reason() -> None:
    table = vault.tokenize(
        pa.array([" 139****5678 ", "139****5678", None, "13812345678"]), "phone", "CN", KEY
    )
    assert table["reason"].to_pylist() == ["MASKED", "MASKED", None, None]
    first, second, missing, _ = table["token"].to_pylist()
    assert first == second
    assert missing is None


def test_the_country_decides_what_a_number_without_code_is() -> None:
    assert tokens("phone", "020 7946 0958", country="GB") == tokens("phone", "+44 20 7946 0958")
    assert tokens("birth_date", "06/03/1985", country="GB") == tokens("birth_date", "1985-03-06")
    assert tokens("birth_date", "03/06/1985", country="US") == tokens("birth_date", "1985-03-06")
    assert (
        vault.tokenize(pa.array(["06/03/1985"]), "birth_date", "CN", KEY)["reason"][0].as_py() == "AMBIGUOUS"
    )


@pytest.mark.parametrize("written", [("2031-05-04", "2031年5月4日"), ("1899-05-04", "1899年5月4日")])
def test_the_token_of_a_birth_date_is_of_no_day(written: tuple[str, str]) -> None:
    table = vault.tokenize(pa.array([*written, "1985-03-06"]), "birth_date", "CN", KEY)
    assert table["reason"].to_pylist() == [None] * 3
    assert table["token"][0] == table["token"][1]


def test_columns_of_every_shape_keep_their_rows() -> None:
    flat = pa.array(["13812345678", None, "13812345678"])
    expected = vault.tokenize(flat, "phone", "CN", KEY)
    for column in (
        flat.dictionary_encode(),
        flat.cast(pa.large_string()),
        pa.chunked_array([flat.slice(0, 1), flat.slice(1)]),
    ):
        assert vault.tokenize(column, "phone", "CN", KEY).equals(expected)
    for empty in (pa.array([], pa.string()), pa.chunked_array([], pa.string())):
        assert vault.tokenize(empty, "phone", "CN", KEY).schema == expected.schema
        assert len(vault.persons_of("crm", empty, KEY)) == 0
    assert vault.tokenize(pa.nulls(2), "text", None, KEY)["token"].to_pylist() == [None, None]


def test_persons_of_two_systems_differ() -> None:
    ids = pa.array(["c-1", None, "c-1"])
    crm, pos = (vault.persons_of(system, ids, KEY).to_pylist() for system in ("crm", "pos"))
    assert crm[0] == crm[2] != pos[0]
    assert crm[1] is None
    assert len(crm[0]) == 32


def test_another_home_has_other_tokens() -> None:
    assert tokens("phone", "13812345678") != tokens("phone", "13812345678", key=TokenKey("t1", bytes(32)))


def test_wrong_use_is_said_in_one_line() -> None:
    with pytest.raises(ValueError, match="no kind 'fax' of identifiers"):
        tokens("fax", "1")
    with pytest.raises(ValueError, match="no region 'XX'"):
        tokens("phone", "1", country="XX")
    with pytest.raises(TypeError, match="cast it to text"):
        vault.tokenize(pa.array([13812345678]), "phone", "CN", KEY)


def test_the_token_key_travels_without_being_shown() -> None:
    assert pickle.loads(pickle.dumps(KEY)) == KEY
    assert repr(KEY) == "TokenKey(id='t1')"
