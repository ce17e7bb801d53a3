"""Design §9: which room may ask which, through which face, and what must be in one place only."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import PurePath

import pytest
from tests.architecture.project import calls, files, nodes, text

PACKAGE = "plugins/shopkeeper/"
MODULES = files(f"{PACKAGE}*.py")
APART = ("science", "demo")

GROUND = {
    *("settings", "errors", "paths", "files", "engine", "startup", "sentences"),
    *("permissions", "terminal", "spreadsheets", "retailers", "scaffold"),
}
"""The ground floor; every room but science and standardize may use it."""

MAY_ASK: dict[str, set[str]] = {
    **{room: set() for room in ("settings", "errors", "terminal", "spreadsheets", "startup", "sentences")},
    **{room: set() for room in ("science", "standardize")},
    "paths": {"settings"},
    "engine": {"settings"},
    "files": {"errors", "sentences"},
    "permissions": {"errors", "paths"},
    "retailers": {"errors", "paths", "settings"},
    "scaffold": {"errors", "paths", "retailers"},
    "contracts": GROUND,
    "connectors": GROUND | {"contracts"},
    "vault": GROUND | {"standardize"},
    "landing": GROUND | {"contracts", "vault"},
    "warehouse": GROUND | {"contracts", "landing"},
    "privacy": GROUND | {"contracts", "vault", "landing", "warehouse"},
    "storage": GROUND | {"contracts", "vault", "landing", "warehouse", "privacy"},
    "words": GROUND | {"contracts"},
    "quality": GROUND | {"contracts", "landing", "words"},
    "pages": GROUND | {"words"},
    "dictionary": GROUND | {"contracts", "warehouse", "words"},
    "dbt_runner": GROUND | {"contracts", "warehouse", "dictionary"},
    "notices": GROUND | {"contracts", "landing", "warehouse", "quality"},
    "identity": {"science"},
    "pipeline": GROUND
    | {
        *("contracts", "landing", "warehouse", "quality", "pages", "dictionary", "dbt_runner"),
        *("identity", "science", "privacy"),
    },
    "orchestration": GROUND
    | {"connectors", "landing", "dbt_runner", "notices", "pipeline", "warehouse", "privacy", "storage"},
    "local_airflow": GROUND | {"contracts", "landing", "warehouse", "notices", "pipeline", "orchestration"},
    "console": GROUND
    | {
        *("contracts", "vault", "landing", "warehouse", "quality"),
        *("words", "pages", "dictionary", "notices", "local_airflow"),
    },
    "demo": GROUND | {"contracts"},
    "cli": GROUND
    | {
        "contracts",
        "connectors",
        "vault",
        "landing",
        "warehouse",
        "privacy",
        "dictionary",
        "pipeline",
        "local_airflow",
        "console",
        "storage",
        "demo",
    },
}
"""A room is below those that may ask it; nothing asks upwards."""

FACES = {
    "console": {"access", "changes"},
    "contracts": {"casts", "dbt_sources", "draft", "faults", "lint", "staged", "suites"} | {"vocabulary"},
    "demo": {
        "complete_journey",
        "omnichannel.command",
        "omnichannel.oracles.competition",
        "omnichannel.oracles.contest",
    },
    "landing": {"quarantine"},
    "local_airflow": {"run_facts", "runs", "summary", "users"},
    "orchestration": {"history", "model_graph"},
    "pipeline": {"definitions", "registry", "run", "trial"},
    "warehouse": {"trace"},
    "science": {"inputs", "segments.preparation"}
    | {PurePath(path).parent.name for path in files(f"{PACKAGE}science/*/__init__.py")},
}
"""What a room shows beside its `__init__`; of science, each topic."""

SUB_ROOMS = ("reading", "checking", "worker", "inbox", "quarantine")
"""Of the landing; each asks only those before it, and the modules of `landing/` itself."""

TRICKS = re.compile(
    r"\b(gc\.(freeze|disable|collect)|meta_path|tempfile\.tempdir|LazyLoader|importlib\.import_module)\b"
)
SQL_TABLE = re.compile(r"\b(staging|input|intermediate|core|features|scores|marts|meta)\.([a-z_]\w*)")


def room_of(path: str) -> str:
    inside = PurePath(path.removeprefix(PACKAGE))
    return inside.parts[0] if len(inside.parts) > 1 else inside.stem


ROOMS = sorted({room_of(path) for path in MODULES} - {"__init__"})


@cache
def imported(path: str) -> list[tuple[int, str]]:
    """Return the line and the dotted name of all that a file imports, wherever it does."""
    found: list[tuple[int, str]] = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found += ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
    return found


def module_of(name: str) -> str:
    """Return the module that defines a dotted name; names in a package's `__init__` are the package's."""
    stem, package = f"plugins/{name.replace('.', '/')}", name.rpartition(".")[0]
    face = f"plugins/{package.replace('.', '/')}/__init__.py"
    if face in MODULES and f'"{name.rpartition(".")[2]}"' in text(face):
        return package
    return name if {f"{stem}.py", f"{stem}/__init__.py"} & set(MODULES) else package


def words(path: str) -> list[str]:
    """Return every text that a Python file spells out."""
    return [
        node.value for node in nodes(path) if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_asks_only_rooms_below_it(room: str) -> None:
    assert room in MAY_ASK, f"{room} is a new room: give it a row in MAY_ASK, as low as possible"
    for path in (each for each in MODULES if room_of(each) == room):
        for line, name in imported(path):
            if name.startswith("shopkeeper.") and (asked := name.split(".")[1]) != room:
                assert asked in MAY_ASK[room], (
                    f"{path}:{line}: {room} asks {asked}, which is above or beside it: "
                    "hand it what it needs, or move the part that both need down"
                )


@pytest.mark.parametrize("path", [path for path in MODULES if room_of(path) != "__init__"])
def test_a_room_is_asked_through_its_face(path: str) -> None:
    for line, name in imported(path):
        parts = module_of(name).split(".")
        if parts[0] != "shopkeeper" or len(parts) < 3 or parts[1] == room_of(path):
            continue
        assert ".".join(parts[2:]) in FACES.get(parts[1], ()), (
            f"{path}:{line} reaches into {'.'.join(parts)}: let shopkeeper.{parts[1]} name it in its __init__"
        )


@pytest.mark.parametrize("path", files(f"{PACKAGE}landing/*.py"))
def test_the_landings_rooms_are_in_a_row(path: str) -> None:
    own = path.removeprefix(f"{PACKAGE}landing/").split("/")[0]
    if own == "__init__.py":
        return
    allowed = SUB_ROOMS[: SUB_ROOMS.index(own) + 1] if own in SUB_ROOMS else ()
    for line, name in imported(path):
        asked = name.removeprefix("shopkeeper.landing.").split(".")[0]
        assert not name.startswith("shopkeeper.landing.") or asked not in SUB_ROOMS or asked in allowed, (
            f"{path}:{line} asks landing.{asked}, which comes after it: reading, checking, worker, inbox, quarantine"
        )


def test_airflow_is_imported_in_two_rooms_only() -> None:
    for path in MODULES:
        for line, name in imported(path):
            assert name.split(".")[0] != "airflow" or room_of(path) in ("orchestration", "local_airflow"), (
                f"{path}:{line} imports {name}: what a step does must run without Airflow, see orchestration/"
            )


def joined_names(path: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the expression wherever a name is joined to a path."""
    for node in nodes(path):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            is_name = isinstance(node.right, ast.JoinedStr) or (
                isinstance(node.right, ast.Constant) and isinstance(node.right.value, str)
            )
            if is_name:
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr == "joinpath" and any(isinstance(arg, ast.Constant) for arg in node.args):
                yield node.lineno, ast.unparse(node)
        elif isinstance(node, ast.Name) and node.id == "__file__":
            yield node.lineno, "__file__"


def test_no_other_module_than_paths_joins_names_of_files() -> None:
    for path in MODULES:
        if room_of(path) in ("paths", "settings", *APART):
            continue
        for line, expression in joined_names(path):
            raise AssertionError(f"{path}:{line}: {expression}: give the place a name in shopkeeper.paths")


def test_duckdb_is_opened_by_the_engine_only() -> None:
    for path in MODULES:
        if room_of(path) in ("engine", *APART):
            continue
        for line, name in calls(path):
            assert name != "duckdb.connect", (
                f"{path}:{line} opens DuckDB past the settings: use shopkeeper.engine.connect"
            )


def test_keys_are_in_the_vault_only() -> None:
    for path in MODULES:
        if room_of(path) in ("vault", "settings"):
            continue
        for line, name in imported(path):
            assert name.split(".")[0] not in ("cryptography", "hmac"), (
                f"{path}:{line} imports {name}: let shopkeeper.vault seal, open or hash it"
            )
        for node in nodes(path):
            assert not isinstance(node, ast.Attribute) or node.attr not in ("vault_key", "vault_key_file"), (
                f"{path}:{node.lineno} reads {node.attr}: only shopkeeper.vault knows the master key"
            )


def test_process_tricks_are_in_startup_with_their_reasons() -> None:
    for path in MODULES:
        if room_of(path) in ("startup", *APART) or path == f"{PACKAGE}pipeline/registry.py":
            continue
        trick = TRICKS.search(text(path))
        assert not trick, (
            f"{path} uses {trick and trick.group()}: name the trick and its reason in startup.py"
        )


def test_every_step_of_a_refresh_is_registered_once() -> None:
    from shopkeeper.pipeline.registry import STEPS

    listed = {(step.module, step.name) for step in STEPS.values()}
    written = {
        (PurePath(path).stem, node.name)
        for path in files(f"{PACKAGE}pipeline/*.py")
        for node in ast.parse(text(path)).body
        if isinstance(node, ast.FunctionDef) and any(ast.unparse(d) == "step" for d in node.decorator_list)
    }
    assert written <= listed, f"{written - listed}: give each step a line in pipeline/registry.py"


def test_the_steps_of_dbt_are_what_publish_asks_for() -> None:
    from shopkeeper import dbt_runner, warehouse
    from shopkeeper.pipeline.registry import STEPS

    named = tuple(step.name for step in STEPS.values() if step.kind == "dbt")
    assert named == warehouse.SELECTORS == tuple(dbt_runner.SELECTIONS), (
        "pipeline/registry.py, warehouse/verdicts.py and dbt_runner/runs.py must name the same dbt steps"
    )


def test_steps_read_contracted_tables_only() -> None:
    from shopkeeper.contracts import all_contracts
    from shopkeeper.pipeline.identities import MENTIONING
    from shopkeeper.retailers import retailer

    contracted = {(contract.layer, contract.table) for contract in all_contracts().all}
    read = {("input", table): "identities.py" for table in MENTIONING}
    read |= {("features", name.split(".")[0]): "retailer.yml" for name in retailer().segment_features}
    for path in files(f"{PACKAGE}pipeline/*.py"):
        for word in words(path):
            read |= dict.fromkeys(SQL_TABLE.findall(word), path)
    for (layer, table), path in read.items():
        assert (layer, table) in contracted, (
            f"{path} reads {layer}.{table}: a step reads input, features and marts by their contracts; "
            f"write expectations/{layer}/{table}.odcs.yaml, or read a table that has one"
        )
