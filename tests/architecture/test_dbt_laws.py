"""Laws 5 and 8 on SQL: layers, grain lines, tests, names, and no clock."""

import re
from pathlib import PurePath

import pytest
import yaml
from tests.architecture.project import ROOT, files, text

PROJECTS = ("dbt_project", "retailers/*/dbt")
MODELS = files(*(f"{project}/models/*.sql" for project in PROJECTS))
PREFIX = {
    "staging": ("stg_",),
    "input": ("input__",),
    "intermediate": ("int_",),
    "core": ("dim_", "fct_"),
    "features": ("feat_",),
    "scores": ("scores__",),
}
MAY_READ = {
    "staging": {"source"},
    "input": {"staging", "build"},
    "intermediate": {"input", "intermediate", "identities"},
    "core": {"intermediate", "input", "core", "identities"},
    "features": {"core", "features"},
    "scores": {"source"},
    "marts": {"core", "features", "marts", "scores"},
    "meta": {"build"},
}


def layer(path: str) -> str:
    return path.split("/models/", 1)[1].split("/")[0]


LAYER_OF = {PurePath(path).stem: path for path in MODELS}


def kinds_read(path: str) -> set[str]:
    """Name the layers that a model reads, and the sources where it reads one."""
    sql = text(path)
    read = set()
    for name in re.findall(r"\bref\(\s*['\"](\w+)['\"]", sql):
        target = LAYER_OF[name]
        read.add("identities" if name == "scores__customer_identities" else layer(target))
    for system in re.findall(r"\bsource\(\s*['\"](\w+)['\"]", sql):
        read.add("build" if system == "build" else "source")
    return read


@pytest.mark.parametrize("path", MODELS)
def test_a_model_reads_only_the_layers_before_it(path: str) -> None:
    forbidden = kinds_read(path) - MAY_READ[layer(path)] - {"build"}
    assert not forbidden, (
        f"{path} reads {forbidden}: a {layer(path)} model reads {MAY_READ[layer(path)]} only"
    )


@pytest.mark.parametrize("path", MODELS)
def test_a_model_is_called_as_its_layer_asks(path: str) -> None:
    prefixes = PREFIX.get(layer(path))
    assert prefixes is None or PurePath(path).stem.startswith(prefixes), (
        f"{path}: a {layer(path)} model is called {' or '.join(prefixes or ())}…"
    )


@pytest.mark.parametrize("path", MODELS)
def test_line_one_of_a_model_is_its_grain(path: str) -> None:
    first = text(path).splitlines()[0]
    assert first.startswith("-- One row per "), f"{path}: line one must say the grain: -- One row per …"


@pytest.mark.parametrize("path", MODELS)
def test_each_model_is_described_and_its_grain_is_tested(path: str) -> None:
    described = ROOT / path.replace(".sql", ".yml")
    assert described.is_file(), f"{path}: write {described.name} beside it"
    (model,) = (
        m for m in yaml.safe_load(described.read_text())["models"] if m["name"] == PurePath(path).stem
    )
    assert model.get("description"), f"{path}: describe the model"
    tests = [
        *model.get("data_tests", []),
        *(t for c in model.get("columns", []) for t in c.get("data_tests", [])),
    ]
    names = {t if isinstance(t, str) else next(iter(t)) for t in tests}
    assert any("unique" in name for name in names), f"{path}: prove its grain with a unique test"
    for column in model.get("columns", []):
        assert column.get("description"), f"{path}: describe the column {column['name']}"


@pytest.mark.parametrize("path", [*MODELS, *files(*(f"{project}/macros/*.sql" for project in PROJECTS))])
def test_no_sql_reads_the_clock(path: str) -> None:
    clock = re.search(
        r"\b(current_date|current_timestamp|localtimestamp|(now|today|getdate)\(\))", text(path)
    )
    assert not clock, f"{path} reads the clock: the as-of date stands in meta.refresh"


@pytest.mark.parametrize("path", files("dbt_project/models/*.sql", "dbt_project/tests/*.sql"))
def test_only_counts_are_divided_by_a_slash(path: str) -> None:
    slashes = [line for line in text(path).splitlines() if " / " in line and not line.startswith("--")]
    for line in slashes:
        of_counts = re.search(r"_count / (nullif\()?[\w.]*_count\b", line)
        assert of_counts, (
            f"{path}: {line.strip()}: engines divide decimals as doubles, use divide_amount or amount_rate"
        )


@pytest.mark.parametrize("path", files(*(f"{project}/models/staging/*.sql" for project in PROJECTS)))
def test_a_staging_model_reads_one_source(path: str) -> None:
    read = re.findall(r"\b(?:typed_source|source)\(", text(path))
    assert len(read) == 1 and "ref(" not in text(path), (
        f"{path} reads {len(read)} sources: join them in intermediate, so that a change in either reaches the marts"
    )


@pytest.mark.parametrize("path", files("retailers/*/dbt/dbt_project.yml"))
def test_every_retailers_own_layers_have_their_schema(path: str) -> None:
    (layers,) = yaml.safe_load(text(path))["models"].values()
    placed = {layer: facts.get("+schema") for layer, facts in layers.items()}
    assert {"staging", "features", "marts"} <= placed.keys() and all(
        layer == schema for layer, schema in placed.items()
    ), f"{path}: what he adds to a layer would lie elsewhere; write the lines of `shopkeeper retailer new`"


def readers() -> dict[str, set[str]]:
    """Return which words other dbt files, steps, retailers and contracts read, by the file that says them."""
    said = {}
    for path in [
        *files(*(f"{project}/*.sql" for project in PROJECTS)),
        *files("plugins/shopkeeper/pipeline/*.py"),
    ]:
        said[path] = set(re.findall(r"(?<=['\".])\w+", text(path)))
    for path in files("retailers/*/retailer.yml"):
        systems = yaml.safe_load(text(path)).get("systems") or {}
        said[path] = {f"stg_{system}__{part}" for system, parts in systems.items() for part in parts}
    for path in files("expectations/features/*.yaml", "retailers/*/contracts/features/*.yaml"):
        if re.search(r"property: group\b", text(path)):
            said[path] = {PurePath(path).name.split(".")[0]}
    for page in ("docs/retailers.md", "docs/entities.md"):
        said[page] = set(re.findall(r"`((?:dim|fct)_\w+)`", text(page)))
    return said


def test_every_model_has_a_reader() -> None:
    said, unread = readers(), []
    for path in (each for each in MODELS if layer(each) not in ("marts", "meta")):
        names = {PurePath(path).stem, PurePath(path).stem.removeprefix("input__")}
        if not any(names & read for reader, read in said.items() if reader != path):
            unread.append(path)
    assert not unread, (
        f"nothing reads {unread}: delete it, or let an entity of expectations/input/ say that it unlocks it"
    )


def words_of_retailers() -> dict[str, str]:
    """Return the columns that only a retailer's own sources and features know, by the retailer."""

    def columns(path: str) -> set[str]:
        return {
            each["name"] for table in yaml.safe_load(text(path))["schema"] for each in table["properties"]
        }

    common = set(yaml.safe_load(text("expectations/vocabulary.yaml")))
    common = common.union(*(columns(path) for path in files("expectations/*/*.odcs.yaml")))
    return {
        word: path.split("/")[1]
        for path in files("retailers/*/contracts/*.yaml")
        if not path.startswith("retailers/toy_")
        for word in columns(path) - common
        if "_" in word
    }


def test_no_word_of_one_retailer_from_input_on() -> None:
    his = words_of_retailers()
    shared = files(
        "dbt_project/models/*", "dbt_project/macros/*", "dbt_project/tests/*", "expectations/*.yaml"
    )
    for path in shared:
        for word in set(re.findall(r"\w+", text(path))) & his.keys():
            raise AssertionError(
                f"{path} says {word}, which only {his[word]} knows: "
                "let his staging turn it into a general concept, or keep the model in his folder"
            )
