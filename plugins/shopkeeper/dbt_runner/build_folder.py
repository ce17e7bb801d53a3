"""Points dbt's DuckDB connection at a build's folder when it opens (a plugin named in `profiles.yml`).

Handles only paths. With a path in the profile itself, dbt would parse the whole project again for every
build.
"""

from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from shopkeeper.paths import BuildPaths
from shopkeeper.settings import Settings


class Plugin(BasePlugin):
    """Replaces the profile's relative paths by those of the build in `SHOPKEEPER_BUILD`."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Change the paths just before DuckDB opens them; fails if no build is named."""
        build = Settings().build
        if build is None or not BuildPaths(build).refresh.is_file():
            raise DbtRuntimeError(
                f"SHOPKEEPER_BUILD ({build}) is no build's folder; `shopkeeper refresh` runs dbt"
            )
        creds.path = str(build / creds.path)
        for attached in creds.attach or []:
            attached.path = str(build / attached.path)
        config["file_search_path"] = str(build)
        config["temp_directory"] = str(BuildPaths(build).temp)
