"""Fencing tokens: only the refresh that began last may publish; all earlier ones are refused.

A token is a whole number that only grows. It names the build, and later the version, as `v000042`.
"""

import re
from pathlib import Path

from shopkeeper.errors import Fenced
from shopkeeper.files import write_text
from shopkeeper.paths import Home

NAME = re.compile(r"v(\d{6,})")


def name_of(token: int) -> str:
    """Return the name of the build or version with this token."""
    return f"v{token:06d}"


def token_of(name: str) -> int:
    """Return the token of a build or version; `ValueError` if `name` does not contain one."""
    found = NAME.fullmatch(name)
    if found is None:
        raise ValueError(f"{name} is not the name of a version")
    return int(found.group(1))


def newest(home: Home) -> int:
    """Return the newest token handed out; 0 in a new home.

    Also counts the names of builds and versions, so that no token is handed out twice after the token file is
    lost.
    """
    recorded = home.token
    text = recorded.read_bytes().strip() if recorded.exists() else b""
    tokens = [int(text)] if text.isdigit() else [0]
    for folder in (home.builds, home.failed, home.versions):
        tokens += [token_of(path.name) for path in _entries(folder) if NAME.fullmatch(path.name)]
    return max(tokens)


def take(home: Home) -> int:
    """Hand out a new token, which fences every build that began before; the caller holds `publish.lock`."""
    token = newest(home) + 1
    write_text(home.token, f"{token}\n")
    return token


def require_newest(home: Home, build_id: str) -> None:
    """Raise `Fenced` unless `build_id` is the newest build that began."""
    token = newest(home)
    if token_of(build_id) != token:
        raise Fenced(f"{build_id} gives way to {name_of(token)}, which began after it; nothing is left to do")


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
