"""The settings of a deployment, read once from the environment (prefix `SHOPKEEPER_`).

The only module that reads the environment; every other module uses its values.
"""

from functools import lru_cache
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PACKAGE = Path(__file__).resolve().parent
IS_INSTALLED = (PACKAGE / "shipped").is_dir()
PROJECT_ROOT = PACKAGE / "shipped" if IS_INSTALLED else PACKAGE.parents[1]
"""The folder of dags, contracts and the canonical dbt project, in an installed wheel or the checkout."""


class Settings(BaseSettings):
    """One deployment's settings; each field is one line of `.env.example`."""

    model_config = SettingsConfigDict(env_prefix="SHOPKEEPER_", env_file=".env", extra="ignore")

    home: Path = Field(Path("data"), description="Data home: inbox, raw, builds and published versions.")
    retailer: str = Field("complete_journey", description="Retailer: a name below retailers/, or a folder.")
    inbox: Path | None = Field(None, description="Folder of producers' files, if not the home's own inbox.")
    airflow_port: int = Field(8080, description="Port of the Airflow UI, on 127.0.0.1.")
    threads: int = Field(2, description="Threads of each DuckDB connection and of dbt; near the core count.")
    memory_limit: str = Field("1200MB", description="Memory limit of each DuckDB connection.")
    landing_workers: int = Field(2, description="Files parsed at the same time, each in its own process.")
    landing_memory_mb: int = Field(1500, description="Memory limit of one parsing process, in MB.")
    landing_seconds: int = Field(
        300, description="Limit of one file's parsing, in seconds of processor time."
    )
    landing_quiet_seconds: float = Field(2.0, description="A file younger than this may still be written.")
    watch_seconds: float = Field(
        5.0,
        description="Files that arrive start a refresh after this quiet time; 0: only at night and by hand.",
    )
    console_memory_limit: str = Field("64MB", description="Memory limit of the console's queries together.")
    notify_email: str | None = Field(
        None,
        description="Who gets a mail when a refresh failed or left something to see to; by commas.",
    )
    notify_webhook: str | None = Field(
        None, description="Airflow connection of the web address that is sent the same, as JSON."
    )
    build: Path | None = Field(None, description="Folder of the build that dbt writes; set by the refresh.")
    vault_key: SecretStr | None = Field(
        None, description="Master key of the vault, 32 bytes in base64, if it is not in a file."
    )
    vault_key_file: Path | None = Field(None, description="File of that key, if not the home's vault/key.")
    log_days: int = Field(
        30, description="Logs, verdicts of failed builds and Airflow's history are kept this many days."
    )
    versions_kept: int = Field(5, description="Published versions kept for rollback.")


@lru_cache
def settings() -> Settings:
    """Return this process's settings."""
    loaded = Settings()
    places = {"home": loaded.home, "inbox": loaded.inbox, "vault_key_file": loaded.vault_key_file}
    resolved = {name: path.expanduser().resolve() for name, path in places.items() if path is not None}
    return loaded.model_copy(update=resolved)
