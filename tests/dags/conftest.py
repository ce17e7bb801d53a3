import os
import tempfile

# Airflow makes its home when it is imported; the tests' one is thrown away.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="shopkeeper-airflow-"))
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from shopkeeper.model_graph import write_graph
from shopkeeper.paths import Home
from shopkeeper.settings import PROJECT_ROOT, settings


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home in which `shopkeeper up` has written the models of each selector, and nothing else."""
    root = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOPKEEPER_HOME", str(root))
        settings.cache_clear()
        write_graph(Home(Path(root)))
        yield Home(Path(root))
    settings.cache_clear()


@pytest.fixture(scope="session")
def bag(home: Home) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(PROJECT_ROOT / "dags"))
