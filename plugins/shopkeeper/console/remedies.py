"""What to do next about a verdict: words with their values, and the commands.

About batches: a file is held, a correction or a replay is taken back; the first ten are named.
"""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_NAMED = 10
HOLD = "A file is wrong: keep it out of every refresh, and ask its producer for a corrected one"
TAKE_BACK = (
    "A correction or a replay is wrong: take it back; its rows are open again and can be corrected anew"
)
MORE = "{count} more batches are concerned"
LOOK = "A file is wrong: find its batch, and hold it"
AGAIN = "Then run the refresh again; that is safe"

NextStep = tuple[str, dict[str, str], str | tuple[tuple[str, str], ...] | None]
"""Words with their values, and the command if there is one, or one command for each file."""

REFRESH: NextStep = (AGAIN, {}, "shopkeeper refresh")


@dataclass(frozen=True)
class JudgedFile:
    """A batch that was judged, under its file's name; `is_correction`: a person made it of refused rows."""

    batch_id: str
    name: str
    is_correction: bool = False


def about(batches: Sequence[JudgedFile]) -> list[NextStep]:
    """Return what to do about the batches that are concerned; how to find them if none is known."""
    if not batches:
        return [(LOOK, {}, "shopkeeper batches list")]
    named = batches[:MOST_NAMED]
    holds = [
        (b.name, f'shopkeeper batches hold {b.batch_id[:12]} --reason "…"')
        for b in named
        if not b.is_correction
    ]
    takes = [
        (b.name, f'shopkeeper quarantine take-back {b.batch_id[:12]} --reason "…"')
        for b in named
        if b.is_correction
    ]
    steps: list[NextStep] = [
        (text, {}, tuple(commands)) for text, commands in ((HOLD, holds), (TAKE_BACK, takes)) if commands
    ]
    if batches[MOST_NAMED:]:
        steps.append((MORE, {"count": str(len(batches) - MOST_NAMED)}, "shopkeeper batches list"))
    return steps
