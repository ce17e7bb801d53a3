"""Files that arrive late, twice, changed or are withdrawn: what each does to the facts, stage by stage.

Every stage is refreshed on top of the previous one and rebuilt from scratch; both must agree.
"""

from datetime import date
from decimal import Decimal

import pytest
from tests.shop.builds import MONDAY, NEXT_MONDAY, Build, File, Grocer, file, line

pytestmark = pytest.mark.slow

TUESDAY = "2017-01-03"
MILK, BREAD, COFFEE = "1029743", "1106523", "9526410"
WEEK_2 = file(
    "transaction_lines",
    "transaction_lines_2017_w02.csv.gz",
    [
        line("311", MILK, "2.49"),
        line("311", BREAD, "1.00"),
        line("312", COFFEE, "7.99", TUESDAY, "900"),
        line("313", MILK, "2.49", TUESDAY, "900"),
        line("314", MILK, "2.49", TUESDAY, "77"),
    ],
)
WEEK_2_RESTATED = file(
    "transaction_lines",
    WEEK_2.name,
    [
        line("311", MILK, "2.59"),
        line("311", BREAD, "1.00"),
        line("313", MILK, "2.49", TUESDAY, "900"),
        line("314", MILK, "2.49", TUESDAY, "77"),
        line("315", BREAD, "1.10", TUESDAY, "900"),
    ],
)
RESENT = file(
    "transaction_lines",
    "transaction_lines_2017_w02_resent.csv.gz",
    [
        line("311", MILK, "2.59"),
        line("313", MILK, "9.99", TUESDAY, "900"),
        line("313", BREAD, "1.00", TUESDAY, "900"),
        line("314", COFFEE, "7.99", TUESDAY, "78"),
        line("316", MILK, "2.49", NEXT_MONDAY, "900"),
    ],
)
MAILINGS = file(
    "campaign_mailings",
    "mailings.jsonl",
    [{"campaign_id": "8", "household_id": "1042"}, {"campaign_id": "9", "household_id": "900"}],
)
CAMPAIGNS = file(
    "campaigns",
    "campaigns.jsonl",
    [
        {"campaign_id": "8", "campaign_type": "Type A", "start_date": MONDAY, "end_date": "2017-02-05"},
        {"campaign_id": "9", "campaign_type": "Type B", "start_date": NEXT_MONDAY, "end_date": "2017-02-05"},
    ],
)
REDEMPTIONS = file(
    "coupon_redemptions",
    "redemptions.jsonl",
    [
        {"household_id": "1042", "coupon_upc": "51800009050", "campaign_id": "8", "redemption_date": TUESDAY},
        {
            "household_id": "1042",
            "coupon_upc": "51800009050",
            "campaign_id": "8",
            "redemption_date": NEXT_MONDAY,
        },
    ],
)
PRODUCTS = file(
    "products",
    "products.csv",
    [
        {"product_id": MILK, "manufacturer_id": "69", "department": "GROCERY", "brand": "Private"},
        {"product_id": BREAD, "manufacturer_id": "2", "department": "PASTRY", "brand": "National"},
    ],
)
HOUSEHOLDS = file(
    "households", "households.csv", [{"household_id": "1042", "age": "45-54", "income": "50-74K"}]
)
PROMOTIONS = file(
    "promotions",
    "promotions_2017-01.parquet",
    [
        {
            "product_id": int(MILK),
            "store_id": 330,
            "display_location": "9",
            "mailer_location": "A",
            "week": 2,
        },
        {
            "product_id": int(BREAD),
            "store_id": 331,
            "display_location": "9",
            "mailer_location": "0",
            "week": 2,
        },
        {
            "product_id": int(BREAD),
            "store_id": 330,
            "display_location": "9",
            "mailer_location": "0",
            "week": 3,
        },
    ],
)
FIRST = (WEEK_2, MAILINGS, REDEMPTIONS)
LATE = (CAMPAIGNS, PRODUCTS, HOUSEHOLDS, PROMOTIONS)
STAGES: dict[str, tuple[File, ...]] = {
    "first sales": FIRST,
    "late dimensions": FIRST + LATE,
    "restated": (WEEK_2_RESTATED, *FIRST[1:], *LATE),
    "contradicted": (WEEK_2_RESTATED, *FIRST[1:], *LATE, RESENT),
    "held": (WEEK_2_RESTATED, *FIRST[1:], *LATE),
    "released": (WEEK_2_RESTATED, *FIRST[1:], *LATE, RESENT),
}

FACTS = "select product_id, transaction_id, net_amount from core.fct_transaction_lines order by all"


@pytest.fixture(scope="module")
def grocer(tmp_path_factory: pytest.TempPathFactory) -> Grocer:
    return Grocer(tmp_path_factory.mktemp("grocer"))


@pytest.fixture(scope="module")
def stages(grocer: Grocer) -> dict[str, Build]:
    built: dict[str, Build] = {}
    base = None
    for name, files in STAGES.items():
        base = built[name] = grocer.refresh(*files, base=base)
    return built


@pytest.mark.parametrize("stage", ["first sales", "late dimensions", "restated", "contradicted"])
def test_a_refresh_holds_what_a_full_rebuild_holds(
    grocer: Grocer, stages: dict[str, Build], stage: str
) -> None:
    assert stages[stage].contents() == grocer.refresh(*STAGES[stage]).contents()


def test_a_held_file_leaves_no_trace_and_comes_back_whole(stages: dict[str, Build]) -> None:
    assert stages["held"].contents() == stages["restated"].contents()
    assert stages["released"].contents() == stages["contradicted"].contents()


def test_case_32_a_product_sold_unlisted_is_inferred_then_linked(stages: dict[str, Build]) -> None:
    products = "select product_id, department_name, is_inferred from core.dim_products order by product_id"
    assert stages["first sales"].query(products) == [
        (MILK, None, True),
        (BREAD, None, True),
        (COFFEE, None, True),
    ]
    assert stages["late dimensions"].query(products) == [
        (MILK, "GROCERY", False),
        (BREAD, "PASTRY", False),
        (COFFEE, None, True),
    ]
    private = "select own_brand_line_rate from features.feat_customers__assortment where customer_id = '1042'"
    assert stages["first sales"].query(private) == [(0.0,)]
    assert stages["late dimensions"].query(private) == [(0.5,)]


def test_case_32_a_customer_without_record_is_inferred_then_described(stages: dict[str, Build]) -> None:
    customers = "select age_band, is_inferred from core.dim_customers where customer_id = '1042'"
    assert stages["first sales"].query(customers) == [(None, True)]
    assert stages["late dimensions"].query(customers) == [("45-54", False)]


def test_promotions_that_arrive_after_the_sale_expose_it(stages: dict[str, Build]) -> None:
    exposures = "select transaction_id, channel from core.fct_promotion_exposures order by all"
    assert stages["first sales"].query(exposures) == []
    assert stages["late dimensions"].query(exposures) == [
        (basket, channel) for basket in ("311", "313", "314") for channel in ("display", "mailer")
    ]


def test_mail_touches_when_its_campaign_is_described_and_has_begun(stages: dict[str, Build]) -> None:
    mail = "select campaign_id, touched_at::varchar from core.fct_touchpoints where channel like 'mail_type%'"
    assert stages["first sales"].query(mail) == []
    assert stages["late dimensions"].query(mail) == [("8", "2017-01-02 05:00:00")]
    assert len(stages["contradicted"].query(mail)) == 2


def test_touches_of_a_day_come_before_its_sales(stages: dict[str, Build]) -> None:
    touches = "select channel, transaction_id, touched_at::varchar from core.fct_touchpoints where identifier_value = '1042'"
    assert stages["late dimensions"].query(f"{touches} order by touched_at, channel") == [
        ("mail_type_a", None, "2017-01-02 05:00:00"),
        ("display", "311", "2017-01-02 23:30:00"),
        ("mailer", "311", "2017-01-02 23:30:00"),
        ("coupon", None, "2017-01-03 05:00:00"),
    ]


def test_a_restated_file_replaces_the_first(stages: dict[str, Build]) -> None:
    revenue = "select sum(net_amount), count(*) from core.fct_transactions"
    assert stages["late dimensions"].query(revenue) == [(Decimal("16.46"), 4)]
    assert stages["restated"].query(revenue) == [(Decimal("9.67"), 4)]


def test_contradictory_lines_count_nowhere_and_are_all_shown(stages: dict[str, Build]) -> None:
    conflicts = (
        "select transaction_id, net_amount, conflict_reason "
        "from intermediate.int_sales__conflicting_lines order by all"
    )
    assert stages["contradicted"].query(conflicts) == [
        ("313", Decimal("2.49"), "LINE_CONFLICT"),
        ("313", Decimal("9.99"), "LINE_CONFLICT"),
        ("314", Decimal("2.49"), "TRANSACTION_CONFLICT"),
        ("314", Decimal("7.99"), "TRANSACTION_CONFLICT"),
    ]
    assert stages["held"].query(conflicts) == []
    facts = stages["contradicted"].query(FACTS)
    assert (BREAD, "313", Decimal("1.00")) in facts
    assert not [fact for fact in facts if fact[1] == "314" or fact[:2] == (MILK, "313")]


def test_equal_lines_of_two_files_count_once(stages: dict[str, Build]) -> None:
    assert stages["contradicted"].query(FACTS).count((MILK, "311", Decimal("2.59"))) == 1


def test_the_as_of_date_moves_back_with_held_files(stages: dict[str, Build]) -> None:
    redeemed = "select sum(redemption_count) from core.fct_campaign_exposures"
    as_of = "select as_of_date::varchar from meta.refresh"
    assert [stages[name].query(as_of)[0][0] for name in ("contradicted", "held")] == [NEXT_MONDAY, TUESDAY]
    assert [stages[name].query(redeemed)[0][0] for name in ("contradicted", "held")] == [2, 1]
    assert stages["held"].query("select max(calendar_date)::varchar from core.dim_dates") == [(TUESDAY,)]


def test_old_sales_follow_when_two_households_are_merged(grocer: Grocer, stages: dict[str, Build]) -> None:
    merged = grocer.refresh(*STAGES["restated"], base=stages["held"], merged=("77", "1042"))
    assert merged.query(
        "select distinct customer_id from features.feat_customers__transactions "
        "where transaction_id in (select transaction_id from core.fct_transactions where identifier_value = '77')"
    ) == [("1042",)]


def test_sales_wait_until_every_feed_has_reached_their_day(grocer: Grocer) -> None:
    sold = "select max(transaction_date)::varchar, count(*), sum(net_amount) from core.fct_transactions"
    files = (WEEK_2, *FIRST[1:])
    monday, tuesday = (date.fromisoformat(day) for day in (MONDAY, TUESDAY))
    first = grocer.refresh(*files, as_of=monday)
    assert first.query(sold) == [(MONDAY, 1, Decimal("3.49"))]
    assert first.query("select count(*) from core.fct_transaction_lines") == [(2,)]
    second = grocer.refresh(*files, base=first, as_of=tuesday)
    assert second.query(sold) == [(TUESDAY, 4, Decimal("16.46"))]
    assert second.contents() == grocer.refresh(*files, as_of=tuesday).contents()
    assert grocer.refresh(*files, base=second, as_of=monday).contents() == first.contents()
