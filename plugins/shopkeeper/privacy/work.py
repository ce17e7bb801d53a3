"""What an erasure writes anew: first beside the home's files, then, all of it ready, in their places.

An erasure that was killed is begun again or finished; no reader sees a mixture.
"""

import re
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from shopkeeper.files import sync, sync_tree
from shopkeeper.paths import Home, PrivacyPaths

_DISTINCTIVE = re.compile(r".{8,}|(?=.*[^\W\d]).{6,}")
"""A shorter number is anything in a text; persons are masked there."""


@dataclass
class Work:
    """The files of one erasure; `counts`: what was replaced in each place."""

    home: Home
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def paths(self) -> PrivacyPaths:
        """The paths of erasures."""
        return PrivacyPaths(self.home.privacy)

    def place(self, file: Path) -> Path:
        """Return where to write what takes the place of a file of the home; its folder is made."""
        place = self.paths.written / file.relative_to(self.home.root)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def begin(self) -> None:
        """Remove what a killed attempt has written."""
        shutil.rmtree(self.paths.written, ignore_errors=True)
        self.counts.clear()
        self.paths.written.mkdir(parents=True)

    def flush(self) -> None:
        """Put everything that was written on disk."""
        sync_tree(self.paths.written)

    def apply(self) -> None:
        """Move what was written to its places, manifests and receipts after what they describe."""
        root = self.paths.written
        files = [path for path in root.rglob("*") if path.is_file()] if root.is_dir() else []
        for path in sorted(
            files, key=lambda path: (path.suffix == ".json", path.name == "manifest.json", path)
        ):
            target = self.home.root / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            sync(target.parent)


class Names:
    """Names of a person that can be found in texts, and what takes their place."""

    def __init__(self, replaced: Mapping[str, str]) -> None:
        self._new = {
            name.encode(): new.encode() for name, new in replaced.items() if _DISTINCTIVE.fullmatch(name)
        }
        names = sorted(self._new, key=len, reverse=True)
        either = b"|".join(map(re.escape, names))
        self._pattern = (
            re.compile(rb"(?<![0-9A-Za-z_])(?:" + either + rb")(?![0-9A-Za-z_])") if names else None
        )

    def replaced(self, content: bytes) -> tuple[bytes, int]:
        """Return a text with other names, and how many it had."""
        if self._pattern is None:
            return content, 0
        return self._pattern.subn(lambda found: self._new[found[0]], content)

    def write(self, source: Path, target: Path) -> int:
        """Write a text file anew if it names the person; return how often it does."""
        content, count = self.replaced(source.read_bytes())
        if count:
            target.write_bytes(content)
        return count


def texts_of(folders: Iterable[Path]) -> list[Path]:
    """Return the files below some folders that are no tables or databases."""
    return sorted(
        path
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and path.suffix not in BINARY
    )


BINARY = {".parquet", ".duckdb", ".sqlite", ".db", ".db-wal", ".db-shm", ".pickle", ".msgpack", ".wal"}
