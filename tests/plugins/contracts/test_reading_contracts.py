"""The contracts of the grocer, as the rest of the project sees them; and what is wrong with a wrong one."""

import shutil
from pathlib import Path

import pytest

from shopkeeper import contracts
from shopkeeper.contracts import dbt_sources, lint, staged, suites, vocabulary
from shopkeeper.contracts.odcs import read_contract
from shopkeeper.contracts.registry import read_catalog
from shopkeeper.errors import UserError
from shopkeeper.paths import EXPECTATIONS, RETAILERS, RetailerPaths
from shopkeeper.retailers import read_retailer, retailer

CATALOG = contracts.catalog()


def test_the_projects_own_contracts_have_no_problem() -> None:
    assert lint.problems() == []


def test_dbts_source_files_say_what_the_contracts_say() -> None:
    assert dbt_sources.stale_files() == [], "run `shopkeeper contracts compile`"


@pytest.mark.parametrize(
    ("system", "file_name", "table"),
    [
        ("pos", "transaction_lines_2017_week_07.csv.gz", "transaction_lines"),
        ("pos", "products_2017.csv", "products"),
        ("marketing", "coupons_2017.jsonl", "coupons"),
        ("marketing", "coupon_redemptions_2017-03.jsonl", "coupon_redemptions"),
        ("marketing", "promotions_2017-03.parquet", "promotions"),
    ],
)
def test_a_file_finds_its_contract_by_its_name(system: str, file_name: str, table: str) -> None:
    found = CATALOG.for_file(system, file_name)
    assert found is not None
    assert found.table == table


def test_a_file_that_nobody_promised_has_no_contract() -> None:
    assert CATALOG.for_file("pos", "../../etc/passwd") is None
    assert CATALOG.for_file("crm", "transaction_lines_2017_week_07.csv.gz") is None


def test_a_till_line_is_keyed_by_basket_and_product() -> None:
    lines = CATALOG.contract("pos", "transaction_lines")
    assert lines.key == ("basket_id", "product_id")
    assert lines.masked_columns == {"household_id"}
    assert lines.file is not None
    assert lines.file.business_date_column == "transaction_timestamp"
    assert (lines.column("sales_value").type, lines.column("sales_value").scale) == ("decimal", 2)


def test_an_unknown_table_is_named_in_the_error() -> None:
    with pytest.raises(UserError, match=r"pos\.receipts"):
        CATALOG.contract("pos", "receipts")


def test_a_rule_inherits_what_its_column_declares() -> None:
    segments = CATALOG.contract("scores", "customer_segments")
    rule = next(rule for rule in segments.rules if rule.name == "recency_score_is_a_fifth")
    assert rule.kwargs == {"column": "recency_score", "min_value": 1, "max_value": 5}


def test_a_suite_carries_each_rules_severity_and_reason() -> None:
    suite = suites.suite(CATALOG.contract("scores", "touch_credits"))
    by_rule = {expectation["meta"]["rule"]: expectation for expectation in suite["expectations"]}
    assert by_rule[suites.COLUMNS_RULE]["kwargs"]["exact_match"] is True
    same_revenue = by_rule["every_attribution_model_credits_the_same_revenue"]
    assert same_revenue["severity"] == "critical"
    assert "to the cent" in same_revenue["notes"]


@pytest.fixture
def households(tmp_path: Path) -> Path:
    """One contract in a `contracts` folder of its own, for spoiling."""
    folder = tmp_path / "contracts" / "crm"
    folder.mkdir(parents=True)
    return Path(shutil.copy(retailer().contracts / "crm" / "households.odcs.yaml", folder))


SPOILINGS = [
    ("classification: personal", "classification: secret", "column household_id is classified as 'secret'"),
    ("value: 答卷人的年龄段。", "value: age", "column age has no Chinese description"),
    ("severity: warning", "severity: loud", "rule nearly_every_answer_has_an_age has the severity 'loud'"),
    ("expect_column_values_to_not_be_null", "expect_miracles", "is not one that Great Expectations knows"),
    (
        "type: expect_column_values_to_not_be_null",
        "type: expect_column_max_to_be_between",
        "would print personal values",
    ),
    ("{mostly: 0.9}", "{mosty: 0.9}", "is not one that Great Expectations knows"),
    (
        "description: An export without ages is cut short. Protects the description of segments.",
        "description: ''",
        "gives no reason",
    ),
    ("property: minimumRows", "property: minimalRows", "minimalRows"),
    ("format: csv", "format: xlsx", "xlsx is not one of csv, jsonl, parquet"),
    ("encoding: utf-8", "encoding: latin-1", "latin-1 is not one of"),
    ("value: America/New_York", "value: America/Old_York", "time zone America/Old_York"),
    ('pattern: "[0-9]{1,11}"', 'pattern: "[0-9{1,11}"', "does not compile"),
    (
        "{property: descriptionZh, value: 答卷人的年龄段。}",
        "{property: allowedParameters, value: [q]}\n          - {property: descriptionZh, value: 答卷人的年龄段。}",
        "column age has allowedParameters, which are a URL's",
    ),
    (
        "{property: descriptionZh, value: 答卷人的年龄段。}",
        "{property: isUrl, value: true}\n          - {property: isFreeText, value: true}\n          - {property: descriptionZh, value: 答卷人的年龄段。}",
        "column age is free text and a URL",
    ),
    (
        "{property: descriptionZh, value: 答卷人的年龄段。}",
        "{property: staysWhenErased, value: true}\n          - {property: descriptionZh, value: 答卷人的年龄段。}",
        "column age has staysWhenErased, which is for free text",
    ),
    ("kind: DataContract", "kind: Contract", "is not one of ['DataContract']"),
    ("required: true", "required: false", "column household_id is part of the key and may be empty"),
    ("logicalType: string", "logicalType: text", "'text' is not one of"),
    ("schema:", "schema: [", "is not YAML"),
]


@pytest.mark.parametrize(("good", "bad", "complaint"), SPOILINGS, ids=[bad for _, bad, _ in SPOILINGS])
def test_a_spoiled_contract_is_named_with_what_is_wrong(
    households: Path, good: str, bad: str, complaint: str
) -> None:
    text = households.read_text(encoding="utf-8")
    assert good in text
    households.write_text(text.replace(good, bad, 1), encoding="utf-8")
    found = lint.problems(households.parents[1])
    assert found
    assert all("households.odcs.yaml" in line for line in found)
    assert any(complaint in line for line in found), found


def test_a_sound_copy_of_a_contract_has_no_problem(households: Path) -> None:
    assert lint.problems(households.parents[1]) == []
    assert read_catalog(households.parents[1]).sources[0].name == "crm.households"


def test_a_rule_over_a_missing_column_is_found_without_data(tmp_path: Path) -> None:
    folder = tmp_path / "contracts" / "pos"
    folder.mkdir(parents=True)
    copied = Path(shutil.copy(retailer().contracts / "pos" / "transaction_lines.odcs.yaml", folder))
    text = copied.read_text(encoding="utf-8")
    copied.write_text(text.replace("min(store_id) <>", "min(shop_id) <>"), encoding="utf-8")
    (problem,) = lint.problems(tmp_path / "contracts")
    assert "a_basket_has_one_household_store_and_time does not run" in problem
    assert "shop_id" in problem


def test_what_records_tell_reaches_customer_360_by_its_name_alone() -> None:
    every = contracts.all_contracts()
    (customers,) = (entity for entity in every.input if entity.table == "customers")
    customer_360 = {column.name for column in every.contract("marts", "customer_360").columns}
    assert {column.name for column in customers.columns} - customer_360 == {
        *("batch_id", "source_line_number", "identifier_type", "identifier_value", "stated_at", "is_deleted")
    }


def staging_problems(folder: Path) -> list[str]:
    return list(staged.problems_of_staging(contracts.all_contracts(), {}, RetailerPaths(folder)))


def test_a_staged_column_that_no_yml_lists_is_told(tmp_path: Path) -> None:
    folder = RetailerPaths(tmp_path).staging / "crm"
    shutil.copytree(RetailerPaths(retailer().folder).staging / "crm", folder)
    assert staging_problems(tmp_path) == []
    yml = folder / "stg_crm__customers.yml"
    yml.write_text(
        yml.read_text(encoding="utf-8").replace("- name: age_band", "- name: age"), encoding="utf-8"
    )
    (told,) = staging_problems(tmp_path)
    assert told.startswith("stg_crm__customers.sql gives age_band")
    yml.unlink()
    assert told in staging_problems(tmp_path)


@pytest.mark.parametrize(
    "wrong", ["amount = quantity * price", "amount", "total = goods; drop", "till = goods"]
)
def test_what_adds_up_is_of_number_columns(tmp_path: Path, wrong: str) -> None:
    text = (RETAILERS / "omnichannel/contracts/pos/receipts.odcs.yaml").read_text(encoding="utf-8")
    path = tmp_path / "receipts.odcs.yaml"
    path.write_text(text.replace("total = goods - discount", wrong), encoding="utf-8")
    with pytest.raises(UserError, match="addsUp is no equation of its number columns"):
        read_contract(path, "sources", "pos")


def test_a_word_of_an_unknown_type_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    words = tmp_path / "vocabulary.yaml"
    words.write_text("gap_day_count: {type: double, classification: internal, en: Gap., zh: 间隔。}")
    monkeypatch.setattr(vocabulary, "VOCABULARY", words)
    with pytest.raises(UserError, match="gap_day_count has the type 'double'; choose one of string, "):
        vocabulary.vocabulary.__wrapped__()


def test_deleting_keys_that_its_system_never_states_is_refused(tmp_path: Path) -> None:
    toy = read_retailer(RETAILERS / "toy_everything")
    known = read_catalog(EXPECTATIONS, toy.contracts)
    places = RetailerPaths(toy.folder)
    assert list(staged.problems_of_staging(known, toy.systems, places)) == []
    (told,) = staged.problems_of_staging(known, {"crm": ("customers__deleted",)}, places)
    assert told.startswith("crm.deleted deletes customers, of which crm states none")
