"""Whatever the text: a value or a reason, the same again from its own standard form, and never an exception."""

from typing import Any

import phonenumbers
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.plugins.standardize.kinds import KINDS, standardize_values
from tests.plugins.standardize.test_cases import CASES, read_options

from shopkeeper.standardize.divisions import path_of
from shopkeeper.standardize.tables import divisions, surnames

OPTIONS: dict[str, list[dict[str, Any]]] = {
    "phones": [{"region": "CN"}, {"region": "GB"}, {"region": "US"}],
    "moments": [{}, {"zone": "Europe/London"}, {"zone": "Asia/Shanghai", "order": "DMY"}],
    "birth_dates": [{}, {"order": "MDY"}],
    "currencies": [{}, {"country": "CN"}],
    "measures": [{}, {"system": "uk"}],
}
PIECES = {
    kind: sorted(
        {piece for case in CASES if case["kind"] == kind for piece in (case["value"], *case["value"].split())}
    )
    for kind in KINDS
}
LETTERS = sorted({letter for case in CASES for letter in case["value"]})


def texts_of(kind: str) -> st.SearchStrategy[str]:
    """Return texts of any kind, and texts that look like those of one kind."""
    piece = st.sampled_from([*PIECES[kind], *"0123456789年月日-/.:+@·' ,半两斤省市区县", "Mc", "van", "上午"])
    likely = st.lists(piece, max_size=6).flatmap(
        lambda parts: st.sampled_from(["", " "]).map(lambda gap: gap.join(parts))
    )
    return st.one_of(st.text(max_size=30), st.text(st.sampled_from(LETTERS), max_size=30), likely)


def assert_holds(kind: str, values: list[str], options: dict[str, Any]) -> None:
    for value, row in zip(values, standardize_values(kind, list(values), **options), strict=True):
        assert row["reason"] != "FAILED", ascii(value)
        main = next(iter(row))
        assert (row[main] is None) == (row["reason"] is not None), ascii(value)
        if row["reason"] is None:
            again = standardize_values(kind, [KINDS[kind].write(row)], **options)
            assert again == [row], (ascii(value), KINDS[kind].write(row))


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_standard_value_is_its_own_standard_form(kind: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(texts_of(kind), min_size=1, max_size=10))
    assert_holds(kind, values, data.draw(st.sampled_from(OPTIONS.get(kind, [{}]))))


@pytest.mark.parametrize("kind", KINDS)
def test_the_standard_values_of_all_cases_stay(kind: str) -> None:
    for case in CASES:
        if case["kind"] == kind:
            assert_holds(kind, [case["value"]], read_options(case["options"]))


def test_an_example_number_of_every_country_stays() -> None:
    regions = sorted(phonenumbers.SUPPORTED_REGIONS)
    numbers = [phonenumbers.example_number(region) for region in regions]
    texts = [
        phonenumbers.format_number(n, phonenumbers.PhoneNumberFormat.INTERNATIONAL) for n in numbers if n
    ]
    rows = standardize_values("phones", texts)
    assert [row["phone"] for row in rows] == [text[0] + "".join(filter(str.isdigit, text)) for text in texts]


def test_every_division_is_found_by_its_path() -> None:
    every = divisions()
    paths = [
        " ".join(dict.fromkeys(each.name for each in path_of(place) if each)) for place in every.values()
    ]
    rows = standardize_values("addresses", [f"{path} 88号" for path in paths])
    found = {path: (row["division_code"], row["reason"]) for path, row in zip(paths, rows, strict=True)}
    assert found == {path: (code, None) for path, code in zip(paths, every, strict=True)}


def test_every_surname_reads_as_a_family_name() -> None:
    rows = standardize_values("names", [f"{surname}莹莹" for surname in surnames()])
    for row, (surname, entry) in zip(rows, surnames().items(), strict=True):
        expected = (surname, f"{entry.pinyin.capitalize()} Yingying")
        assert (row["family_name"], row["name_pinyin"]) == expected
