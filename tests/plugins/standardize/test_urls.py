"""URLs lose what names a person, wherever it is and however it is encoded, and nothing that a shop counts by."""

from pathlib import Path
from urllib.parse import quote, unquote

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shopkeeper import standardize
from shopkeeper.standardize import urls

CASES = [
    line.split("\t")
    for line in Path(__file__).with_name("urls.tsv").read_text(encoding="utf-8").splitlines()[1:]
]
PARAMETERS = ("utm_source", "utm_campaign", "q")
IDENTIFIERS = (
    "emma.mason@tea.example",
    "13912345678",
    "１３９１２３４５６７８",
    "07911 123456",
    "+44 7911 123456",
    "11010519491231002X",
    "王小芳",
    "Emma Mason",
)
PLACES = (
    "/u/{}/orders",
    "/u/{}",
    "/checkout?who={}&utm_source=x",
    "/checkout?{}",
    "/s?q={}",
    "/checkout?utm_source=mail&utm_campaign={}#top",
    "/checkout#/profile/{}",
    "/checkout#who={}",
    "/u;who={}/orders",
    "https://tea.example/{}?utm_source=x",
    "https://{}@tea.example/",
    "http://[tea.example/{}?who={}",
)


def redact(*texts: str | None) -> list[str | None]:
    return standardize.redact_urls(pa.array(texts, pa.string()), PARAMETERS, "GB")["text"].to_pylist()


def read_whole(url: str) -> str:
    """Return a URL as somebody who looks for identifiers reads it."""
    for _ in range(8):
        url = unquote(url)
    return url.replace("+", " ")


@pytest.mark.parametrize(("url", "expected"), CASES, ids=[ascii(url)[1:-1] for url, _ in CASES])
def test_a_hard_url_loses_what_names_a_person(url: str, expected: str) -> None:
    assert redact(url) == [url if expected == "=" else expected]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(IDENTIFIERS),
    st.sampled_from(PLACES),
    st.integers(0, 7),
    st.booleans(),
    st.sampled_from("/:@"),
)
def test_no_encoding_hides_an_identifier(
    value: str, place: str, rounds: int, has_plus: bool, safe: str
) -> None:
    written = value.replace(" ", "+") if has_plus and rounds == 0 else value
    for _ in range(rounds):
        written = quote(written, safe=safe)
    (shown,) = redact(place.replace("{}", written))
    assert shown is not None
    assert value not in read_whole(shown) and value.split()[-1] not in read_whole(shown)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("/?&;=#%@:[]+._-0425ABaé王\u200b\\ \t"), max_size=40))
def test_a_url_of_whatever_shape_is_read(url: str) -> None:
    (shown,) = redact(url)
    assert shown is not None
    assert "@" not in read_whole(shown)


def test_equal_urls_stay_equal_and_null_stays_null() -> None:
    assert redact(None, "", "/u/a%40tea.example", None, "/u/a%40tea.example") == [
        *(None, "", "/u/[email]", None, "/u/[email]")
    ]


def test_a_url_on_which_a_library_fails_is_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(text: str, region: str) -> None:
        raise ValueError(text)

    monkeypatch.setattr(urls, "find_identifiers", fail)
    assert redact("/u/13912345678") == [None]


def test_a_region_that_no_numbers_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no region 'UK'"):
        standardize.redact_urls(pa.array(["/"]), (), "UK")
