"""A grocer with a home of his own, a copy of the project that a test may damage, and the command line."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from shopkeeper.settings import PROJECT_ROOT

CODE = "from shopkeeper.cli import main; main()"


class Grocer:
    """Runs `shopkeeper` as a person would; everything lies below one folder."""

    def __init__(self, folder: Path) -> None:
        self.project, self.home = folder / "project", folder / "home"
        for name in ("dags", "plugins", "dbt_project", "expectations", "retailers"):
            ignored = shutil.ignore_patterns("__pycache__", "target", "logs", "dbt_packages")
            shutil.copytree(PROJECT_ROOT / name, self.project / name, ignore=ignored)
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")
        }
        self.environment |= {
            "PYTHONPATH": str(self.project / "plugins"),
            "SHOPKEEPER_HOME": str(self.home),
            "SHOPKEEPER_AIRFLOW_PORT": str(free_port()),
            "SHOPKEEPER_LANDING_QUIET_SECONDS": "0",
        }

    def runs(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one `shopkeeper` command and return what it said and its exit status."""
        command = [sys.executable, "-c", CODE, *arguments]
        return subprocess.run(
            command, cwd=self.project, env=self.environment, capture_output=True, text=True, timeout=900
        )

    def drops(self, weeks: str) -> None:
        """Drop weeks of the demo's year, as the tills would."""
        dropped = self.runs("demo", "complete-journey", "--weeks", weeks)
        assert dropped.returncode == 0, dropped.stderr

    def published(self) -> str | None:
        """Return the name of the version that readers see."""
        link = self.home / "published" / "current"
        return str(link.readlink()) if link.is_symlink() else None

    def changes(self, file: str, old: str, new: str) -> None:
        """Change one place of the copied project."""
        path = self.project / file
        text = path.read_text()
        assert text.count(old) == 1, f"{file} holds {text.count(old)} times: {old}"
        path.write_text(text.replace(old, new))


def free_port() -> int:
    """Return a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
