"""The paths of the checkout, a home, a build and a landing; no other module joins these names.

Pure path arithmetic: never touches the disk.
"""

from shopkeeper.paths.backup import BackupPaths, RestorePaths
from shopkeeper.paths.build import BuildPaths, DbtPaths, OlderBuildPaths
from shopkeeper.paths.checkout import (
    CODE,
    CONSOLE,
    DAGS,
    DBT_PROJECT,
    DICTIONARY_TEMPLATES,
    ENTITIES_PAGE,
    ENTITY_NAMES,
    EXPECTATIONS,
    GUIDES,
    NEW_RETAILERS,
    PAGE_TEMPLATES,
    PAGES,
    PARSED_PROJECT,
    PLUGINS,
    RETAILERS,
    SCORES,
    VOCABULARY,
    WORDS,
    ConsolePaths,
    ExportPaths,
    PagePaths,
    RetailerPaths,
    module_file,
    sources_file,
)
from shopkeeper.paths.home import (
    BatchPaths,
    Home,
    LearnedPaths,
    PullPaths,
    RememberedPaths,
    home_of,
)
from shopkeeper.paths.local_airflow import AirflowPaths
from shopkeeper.paths.privacy import PrivacyPaths
from shopkeeper.paths.vault import VaultPaths
from shopkeeper.paths.work import WorkPaths

__all__ = [
    "CODE",
    "CONSOLE",
    "DAGS",
    "DBT_PROJECT",
    "DICTIONARY_TEMPLATES",
    "ENTITIES_PAGE",
    "ENTITY_NAMES",
    "EXPECTATIONS",
    "GUIDES",
    "NEW_RETAILERS",
    "PAGES",
    "PAGE_TEMPLATES",
    "PARSED_PROJECT",
    "PLUGINS",
    "RETAILERS",
    "SCORES",
    "VOCABULARY",
    "WORDS",
    "AirflowPaths",
    "BackupPaths",
    "BatchPaths",
    "BuildPaths",
    "ConsolePaths",
    "DbtPaths",
    "ExportPaths",
    "Home",
    "LearnedPaths",
    "OlderBuildPaths",
    "PagePaths",
    "PrivacyPaths",
    "PullPaths",
    "RememberedPaths",
    "RestorePaths",
    "RetailerPaths",
    "VaultPaths",
    "WorkPaths",
    "home_of",
    "module_file",
    "sources_file",
]
