"""`python -m tests.benchmarks.redaction`: distinct texts of about 80 characters, a quarter of them with identifiers.

Prints the processor time of 20,000 texts in one process, and what a million take by two at that rate.
"""

import random
import time

import pyarrow as pa
from rich.console import Console
from tests.plugins.standardize.generated_texts import make_texts

from shopkeeper import standardize

TEXTS = 20_000
LENGTH = 80


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


def main() -> None:
    """Measure and print."""
    texts = pa.array(write_texts(TEXTS))
    standardize.redact_texts(texts.slice(0, 200))
    start = time.process_time()
    standardize.redact_texts(texts)
    each = (time.process_time() - start) / len(texts.unique())
    Console().print(
        f"{each * 1e6:.0f} µs a text; a million by two processes: {each * 1e6 / 2:.0f} s of processor time each"
    )


if __name__ == "__main__":
    main()
