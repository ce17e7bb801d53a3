"""The paths of one build, and of the version that it becomes."""

from dataclasses import dataclass
from pathlib import Path

from shopkeeper.paths.below import Below


@dataclass(frozen=True)
class BuildPaths:
    """The paths of one build. A published version is a build that was moved, so it has the same ones."""

    root: Path

    warehouse = Below("warehouse.duckdb")
    """The warehouse file; only dbt writes it."""

    staging = Below("staging.duckdb")
    """The database of models that only the refresh itself needs; not published."""

    temp = Below("temp")
    """What steps spill from memory; not published."""

    landed = Below("landed")
    """Links to the batches that this build adds: `landed/<system>/<table>/<batch_id>.parquet`."""

    batches = Below("batches.parquet")
    refresh = Below("refresh.parquet")
    begun = Below("build.json")
    manifest = Below("manifest.json")
    """What the version contains and how it was made."""

    scores = Below("scores")
    """What Python steps computed, for dbt to read: `scores/<name>.parquet`."""

    learned = Below("learned")
    """What steps learned that later builds go on from."""

    gates = Below("gates")
    steps = Below("steps")
    """What each step returned, one JSON file per step."""

    dbt = Below("dbt")
    """Artifacts of dbt, one folder per selector."""

    compiled = Below("dbt", "compiled.json")
    """The compiled SQL of every model, whether or not this build ran it."""

    tests = Below("dbt", "tests.json")
    """The same of every test, with the models that it judges."""

    docs = Below("docs")
    pages = Below("docs", "pages")
    """The pages for the business as they are in this version."""

    gate_pages = Below("docs", "gates")
    dbt_pages = Below("docs", "dbt")
    gate_index = Below("docs", "gates", "index.html")
    gate_index_zh = Below("docs", "gates", "index.zh.html")
    dictionary_json = Below("docs", "dictionary.json")

    def landed_table(self, system: str, table: str) -> Path:
        """Return the folder of a table's batches."""
        return self.landed / system / table

    def no_batch(self, system: str, table: str) -> Path:
        """Return the file with a table's columns and no rows, so that a file pattern always matches one."""
        return self.landed_table(system, table) / "_none.parquet"

    def documents(self) -> list[Path]:
        """Return the pages of documents that a reader begins with."""
        files = (*self.docs.glob("*.html"), *self.docs.glob("*/index.html"), *self.pages.glob("*.html"))
        return sorted(files)

    def verdicts(self) -> list[Path]:
        """Return the files that say what gates, dbt and steps found: the console's verdict reads these."""
        files = [self.begun, self.batches, self.compiled, self.tests, *self.gates.glob("*.json")]
        for run in map(DbtPaths, self.dbt.glob("*/")):
            files += [run.results, run.found, run.reused]
        return [file for file in (*files, *self.steps.glob("*.json")) if file.exists()]

    def gate_page(self, contract: str, language: str = "en") -> Path:
        """Return the page of a contract's rules."""
        return self.gate_pages / (f"{contract}.html" if language == "en" else f"{contract}.{language}.html")

    def page(self, name: str, language: str = "en") -> Path:
        """Return a page for the business."""
        return self.pages / (f"{name}.html" if language == "en" else f"{name}.{language}.html")

    def dictionary(self, language: str = "en") -> Path:
        """Return the page of all tables and columns."""
        return self.docs / ("dictionary.html" if language == "en" else f"dictionary.{language}.html")

    def document(self, name: str) -> Path:
        """Return one of the documents, by its path below `docs/`."""
        return self.docs / name

    def score(self, table: str) -> Path:
        """Return the file of a score."""
        return self.scores / f"{table}.parquet"

    @property
    def segmentation(self) -> Path:
        """How customers were grouped."""
        return self.scores / "segmentation.json"

    def gate(self, layer: str) -> Path:
        """Return a gate's result."""
        return self.gates / f"{layer}.json"

    def step(self, name: str) -> Path:
        """Return the file of what a step returned."""
        return self.steps / f"{name}.json"

    def dbt_run(self, selector: str) -> "DbtPaths":
        """Return the places of one dbt run."""
        return DbtPaths(self.dbt / selector)


class OlderBuildPaths(BuildPaths):
    """The paths of a version that was published when scores were called models."""

    scores = Below("models")


@dataclass(frozen=True)
class DbtPaths:
    """The files of one dbt run."""

    root: Path

    log = Below("dbt.log")
    results = Below("run_results.json")
    partial_results = Below("run_results.partial")
    found = Below("found.json")
    """Rows of each table that it built, and rows that its tests found, persons masked."""

    reused = Below("reused.json")
    """What did not run, since nothing that it reads has changed."""

    unchanged = Below("unchanged.json")
    """Tables that ran and came out as in the base version."""

    manifest = Below("manifest.json")
    compiled = Below("compiled")
    """The compiled SQL of what it ran, file by file."""

    page = Below("static_index.html")
    index = Below("index.html")

    def compiled_file(self, name: str) -> Path | None:
        """Return the file of a node's compiled SQL, if this run compiled it."""
        return next(self.compiled.rglob(f"{name}.sql"), None)
