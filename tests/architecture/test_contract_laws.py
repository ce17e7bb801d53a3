"""Law 6: every border has a contract, every column a meaning, every rule a reason and one place."""

import re
from pathlib import PurePath

import pytest
import yaml
from tests.architecture.project import ROOT, files, text

from shopkeeper.contracts.registry import all_contracts, read_catalog
from shopkeeper.paths import EXPECTATIONS

CATALOG = all_contracts()
CONTRACTS = CATALOG.all
SAME_RULE = {
    "not_null": "expect_column_values_to_not_be_null",
    "unique": "expect_column_values_to_be_unique",
    "accepted_values": "expect_column_values_to_be_in_set",
}


def contracted(layer: str) -> set[str]:
    return {contract.table for contract in getattr(CATALOG, layer)}


@pytest.mark.parametrize("layer", ["input", "features", "scores", "marts"])
def test_every_table_at_a_border_has_a_contract(layer: str) -> None:
    found = files(f"dbt_project/models/{layer}/*.sql", f"retailers/complete_journey/dbt/models/{layer}/*.sql")
    tables = {PurePath(path).stem.removeprefix("input__").removeprefix("scores__") for path in found}
    assert tables == contracted(layer), (
        f"expectations/{layer}/ and dbt_project/models/{layer}/ must name the same tables"
    )


def test_every_source_that_dbt_reads_has_a_contract() -> None:
    for path in files(
        "dbt_project/models/staging/*__sources.yml", "retailers/*/dbt/models/staging/*__sources.yml"
    ):
        folder = ROOT / path.split("/dbt/")[0] / "contracts" if path.startswith("retailers") else EXPECTATIONS
        known = {(contract.system, contract.table) for contract in read_catalog(folder).all}
        for source in yaml.safe_load((ROOT / path).read_text())["sources"]:
            for table in source["tables"]:
                assert source["name"] == "build" or (source["name"], table["name"]) in known, (
                    f"{path} reads {source['name']}.{table['name']}: write its contract in {folder.name}/"
                )


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: f"{c.layer}-{c.name}")
def test_every_column_is_described_twice_and_classified(contract) -> None:
    for column in contract.columns:
        where = f"{contract.name}.{column.name}"
        assert len(column.description) > 5, f"{where}: describe it in English"
        assert re.search(r"[\u4e00-\u9fff]", column.description_zh), f"{where}: describe it in Chinese"
        assert column.classification, f"{where}: classify it"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda c: f"{c.layer}-{c.name}")
def test_every_rule_says_how_severe_it_is_and_why(contract) -> None:
    for rule in contract.rules:
        assert rule.severity in ("critical", "warning", "info"), (
            f"{contract.name}: {rule.name} needs a severity"
        )
        assert len(rule.reason) > 15, f"{contract.name}: {rule.name} needs the reason that it protects"


def test_no_rule_stands_both_in_a_contract_and_in_dbt() -> None:
    in_contracts = {
        (contract.table, rule.kwargs.get("column"), rule.expectation)
        for contract in CONTRACTS
        for rule in contract.rules
    }
    for path in files("dbt_project/models/*.yml", "retailers/*/dbt/models/*.yml"):
        for model in yaml.safe_load((ROOT / path).read_text()).get("models", []):
            for column in model.get("columns", []):
                for test in column.get("data_tests", []):
                    kind = SAME_RULE.get(test if isinstance(test, str) else next(iter(test)))
                    assert (model["name"], column["name"], kind) not in in_contracts, (
                        f"{model['name']}.{column['name']}: {kind} stands in its contract: drop the dbt test"
                    )


def test_a_column_is_described_once() -> None:
    vocabulary = yaml.safe_load(text("expectations/vocabulary.yaml"))
    said: dict[tuple[str, str], str] = {}
    for path in files("expectations/*/*.odcs.yaml"):
        columns = [each for table in yaml.safe_load(text(path))["schema"] for each in table["properties"]]
        for name, words in ((column["name"], column.get("description")) for column in columns):
            if words is None:
                continue
            assert words != vocabulary.get(name, {}).get("en"), (
                f"{path}: {name} repeats expectations/vocabulary.yaml: leave its description out"
            )
            other = said.setdefault((name, words), path)
            assert other == path, (
                f"{path} and {other} describe {name} alike: say it in expectations/vocabulary.yaml"
            )
