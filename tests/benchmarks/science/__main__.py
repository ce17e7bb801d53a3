"""`make bench-science`: compares every science function with a peer or a published figure, in one table.

Exits with 1 where a bar does not hold. `python -m tests.benchmarks.science value` runs one topic.
"""

import importlib
import sys

from rich.console import Console
from rich.table import Table

TOPICS = ("attribution", "value", "segments", "baskets")
VERDICTS = {None: "", True: "holds", False: "FAILS"}


def main() -> int:
    """Measure the topics named on the command line, or all of them, and print the table."""
    table = Table("what", "ours", "peer, published figure or bar", "ratio", "peak MB", "bar", title="Science")
    failed = 0
    for topic in sys.argv[1:] or TOPICS:
        table.add_section()
        for row in importlib.import_module(f"tests.benchmarks.science.{topic}").rows():
            peak = "" if row.peak_mb is None else f"{row.peak_mb:,.0f}"
            what = f"{topic}: {row.what}"
            table.add_row(what, row.ours, row.compared_with, row.ratio, peak, VERDICTS[row.holds])
            failed += row.holds is False
    Console(width=None if sys.stdout.isatty() else 200).print(table)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
