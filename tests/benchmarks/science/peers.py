"""Installs the packages that we compare with into an environment of their own, in the cache folder.

Imports no peer: each runs as a script in its own interpreter and answers in JSON.
"""

import json
import os
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path
from typing import Any

REQUIREMENTS = Path(__file__).with_name("requirements-peers.in")


class PeerMissing(Exception):
    """The peers cannot be installed or run here; the message says why."""


def ask(script: str, *arguments: str) -> Any:
    """Run a script in the peers' interpreter and return what it printed last, read as JSON."""
    asked = subprocess.run(
        [_interpreter(), "-c", script, *arguments], capture_output=True, text=True, check=False
    )
    if asked.returncode:
        raise PeerMissing(f"the peer failed: {_last_line(asked.stderr)}")
    return json.loads(asked.stdout.strip().splitlines()[-1])


@cache
def _interpreter() -> str:
    cached = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    home = cached / "shopkeeper" / f"bench-peers-{sys.version_info.major}.{sys.version_info.minor}"
    python, installed = home / "bin" / "python", home / REQUIREMENTS.name
    wanted = REQUIREMENTS.read_text()
    if installed.exists() and installed.read_text() == wanted:
        return str(python)
    venv.create(home, clear=True, with_pip=True)
    done = subprocess.run(
        [
            str(python),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
            str(REQUIREMENTS),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PeerMissing(f"the peers cannot be installed: {_last_line(done.stderr)}")
    installed.write_text(wanted)
    return str(python)


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it did not say why"])[-1]
