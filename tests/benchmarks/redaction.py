"""`python -m tests.benchmarks.redaction`: distinct texts of about 80 characters, and distinct URLs, a quarter of them with identifiers.

Prints the processor time of 20,000 of each in one process, and what a million take by two at that rate.
"""

import random
import time
from collections.abc import Callable
from urllib.parse import quote

import pyarrow as pa
from rich.console import Console
from tests.plugins.standardize.generated_texts import make_texts

from shopkeeper import standardize

TEXTS = 20_000
LENGTH = 80
PARAMETERS = ("utm_source", "utm_campaign", "q")


def write_texts(count: int) -> list[str]:
    """Return texts of review length, in both languages."""
    chance = random.Random(7)
    clean = [made.text for made in make_texts("known_clean", count, seed=7)]
    with_identifiers = [made.text for made in make_texts("known", count, seed=8)]
    texts = []
    for number in range(count):
        text = "" if number % 4 else with_identifiers[number]
        while len(text) < LENGTH:
            text += chance.choice(clean)
        texts.append(text)
    return texts


def write_urls(count: int) -> list[str]:
    """Return URLs of product pages; the identifiers are in a parameter, a search term and the fragment."""
    chance = random.Random(9)
    with_identifiers = [made for made in make_texts("known", 2 * count, seed=8) if made.identifiers]
    urls = []
    for number in range(count):
        page = f"https://shop.example/zh/c{chance.randrange(300)}/p-{number}/milk-and-honey"
        url = f"{page}?utm_source=email&utm_campaign={chance.randrange(100)}&page={chance.randrange(9)}"
        if number % 4 == 0:
            value = quote(with_identifiers[number].identifiers[0][1])
            url += f"&who={value}&q={value}#/u/{quote(value)}"
        urls.append(url)
    return urls


def main() -> None:
    """Measure and print."""
    measure("text", standardize.redact_texts, write_texts(TEXTS))
    measure("URL", lambda urls: standardize.redact_urls(urls, PARAMETERS), write_urls(TEXTS))


def measure(what: str, redact: Callable[[pa.Array], pa.Table], values: list[str]) -> None:
    """Print how long one distinct value takes, once the tables of words are read."""
    texts = pa.array(values)
    redact(texts.slice(0, 200))
    start = time.process_time()
    redact(texts)
    each = (time.process_time() - start) / len(texts.unique())
    Console().print(
        f"{each * 1e6:.0f} µs a {what}; a million by two processes: {each * 1e6 / 2:.0f} s of processor time each"
    )


if __name__ == "__main__":
    main()
