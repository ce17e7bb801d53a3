import os
import tempfile

# Airflow makes its home when it is imported; the tests' one is thrown away.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="shopkeeper-airflow-"))
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "True"

from typing import Any

import pytest

from shopkeeper.orchestration.model_graph import write_graph
from shopkeeper.paths import Home
from shopkeeper.settings import PROJECT_ROOT, settings


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home in which `shopkeeper up` has written the models of each selector, and nothing else."""
    home = Home(tmp_path_factory.mktemp("home"))
    write_graph(home)
    return home


@pytest.fixture(scope="session")
def bag(home: Home) -> Any:
    """Every DAG of the project, read as Airflow's DAG processor reads them."""
    from airflow.dag_processing.dagbag import DagBag

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOPKEEPER_HOME", str(home.root))
        settings.cache_clear()
        read = DagBag(dag_folder=str(PROJECT_ROOT / "dags"))
    settings.cache_clear()
    return read
