"""The paths of one backup, and of a home while it is restored."""

from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below


@dataclass(frozen=True)
class BackupPaths:
    """The paths of a backup."""

    root: Path

    manifest = Below("manifest.json")
    """Which file of the home has which content; a backup is what its manifest names."""

    contents = Below("contents")
    """Each content once: `contents/<first two digits>/<sha256>`."""

    partial = Below("partial")
    """A content until its sha256 is known."""

    def content(self, sha256: str) -> Path:
        """Return the file of a content."""
        return self.contents / sha256[:2] / sha256


@dataclass(frozen=True)
class RestorePaths:
    """The folder beside a home in which it is restored."""

    root: Path

    home = Below("home")
    lock = Below("lock")

    @classmethod
    def beside(cls, home: Path) -> "RestorePaths":
        """Return the paths of the restore of a home."""
        return cls(home.with_name(f".{home.name}.restoring"))
