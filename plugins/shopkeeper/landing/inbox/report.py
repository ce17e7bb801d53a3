"""The result of one landing, file by file."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from shopkeeper.sentences import as_json

MOST = 20
Result = Literal["accepted", "refused", "duplicate", "still_written", "unreadable", "not_parsed", "unknown"]


@dataclass(frozen=True)
class LandedFile:
    """One file of the inbox and its result. Counts are zero unless the file was accepted.

    `accepted`: now a batch. `refused`: kept whole in quarantine. `duplicate`: the same content landed before.
    Left in the inbox: `still_written`, `unreadable`, `not_parsed` (out of memory, or the process was ended
    from outside) and `unknown` (no contract names such a file). `is_left`: taken or refused, but it could not
    be moved out of the inbox.
    """

    system: str
    file_name: str
    result: Result
    table: str | None = None
    batch_id: str | None = None
    record_count: int = 0
    accepted_count: int = 0
    quarantined_count: int = 0
    detail: str = ""
    seconds: float = 0.0
    is_left: bool = False

    @property
    def place(self) -> str:
        """Its path below the inbox."""
        return f"{self.system}/{self.file_name}" if self.system else self.file_name

    @property
    def told(self) -> str:
        """The result in one line: how many rows, and why it needs a look if it does."""
        counts = f"{self.accepted_count:,} rows accepted, {self.quarantined_count:,} refused"
        result = counts if self.result == "accepted" else self.result
        colon = ":" if self.detail and self.result != "refused" else ""
        return f"{result}{colon} {self.detail}".strip()


@dataclass(frozen=True)
class LandingReport:
    """Every file that a landing looked at, ordered by name."""

    files: tuple[LandedFile, ...]
    seconds: float

    def of(self, result: Result) -> tuple[LandedFile, ...]:
        """Return the files with one result."""
        return tuple(file for file in self.files if file.result == result)

    @property
    def accepted_row_count(self) -> int:
        """Rows written to raw."""
        return sum(file.accepted_count for file in self.files)

    @property
    def quarantined_row_count(self) -> int:
        """Rows quarantined one by one; excludes the rows of refused files."""
        return sum(file.quarantined_count for file in self.files)

    @property
    def needy(self) -> list[LandedFile]:
        """The files that need a look, refused ones last."""
        found = [file for file in self.files if file.is_left or file.result not in ("accepted", "duplicate")]
        return sorted(found, key=lambda file: file.result == "refused")

    def facts(self) -> dict[str, Any]:
        """Return the counts and the files that need attention, small enough for a log.

        `left`: a line for each of the first of them. `stays`: those that were not taken, in parts.
        """
        counts = Counter(file.result for file in self.files)
        needy = self.needy
        return {
            **{f"{result}_file_count": count for result, count in sorted(counts.items())},
            "accepted_row_count": self.accepted_row_count,
            "quarantined_row_count": self.quarantined_row_count,
            "seconds": round(self.seconds, 2),
            "left_count": len(needy),
            "left": [f"{file.place}: {file.told}" for file in needy[:MOST]],
            "stays": [
                {
                    "file": file.place,
                    "result": file.result,
                    "why": str(file.detail),
                    "said": as_json(file.detail),
                }
                for file in needy[:MOST]
                if file.result != "refused"
            ],
        }
