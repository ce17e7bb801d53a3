"""Points dbt's DuckDB connection at one build's folder, when it opens (a plugin that `profiles.yml` names).

Only paths belong here. A path in the profile itself would make dbt parse the whole project again for every
build.
"""

from typing import Any

from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

from shopkeeper.paths import BuildPaths
from shopkeeper.settings import Settings


class Plugin(BasePlugin):
    """Makes the profile's relative paths those of the build that ``SHOPKEEPER_BUILD`` names."""

    def update_connection_config(self, creds: DuckDBCredentials, config: dict[str, Any]) -> None:
        """Change the paths just before DuckDB opens them; refuse where no build is named."""
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
