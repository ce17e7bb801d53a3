"""What the systems had seen of each person by a day: purchases under a card or an account, logged-in
visits, messages opened. Identity is given: how much it costs to find it out is scored apart.
"""

import duckdb
import numpy as np

from shopkeeper.demo.omnichannel.oracles.practice import Practice
from shopkeeper.demo.omnichannel.surroundings.days import date_of

SEEN = """
    with purchases as (
        select person_id, order_id as basket_id, ordered_at as bought_at, net_amount / if(market = 'CN',
        9.2, 1) as amount,
            true as is_order
        from orders where account_id is not null and ordered_at < $now
        union all
        select person_id, receipt_id, paid_at, net_amount / if(market = 'CN', 9.2, 1), false
        from receipts where account_id is not null and paid_at < $now
    ),
    gaps as (
        select *, date_diff('day', lag(bought_at) over (partition by person_id order by bought_at,
        basket_id), bought_at) as gap
        from purchases
    ),
    bought as (
        select person_id, count(*) as purchase_count, sum(amount) as spend,
            date_diff('day', max(bought_at), $now) as days_since, date_diff('day', min(bought_at),
            $now) as days_known,
            median(gap) as median_gap, max(gap) as longest_gap,
            sum(amount) filter (bought_at >= $now - interval 90 day) as spend_90,
            count(*) filter (bought_at >= $now - interval 90 day) as purchases_90,
            count(*) filter (bought_at >= $now - interval 30 day) as purchases_30,
            avg(is_order::int) as order_share, max(amount) as largest
        from gaps group by person_id
    ),
    came as (
        select person_id, count(*) as visit_count, date_diff('day', max(started_at),
        $now) as visit_days_since,
            count(*) filter (started_at >= $now - interval 30 day) as visits_30
        from visits where account_id is not null and started_at < $now group by person_id
    ),
    read as (
        select person_id, count(*) as sends, count(opened_at) as opens,
            date_diff('day', max(opened_at), $now) as open_days_since
        from sends where sent_at < $now group by person_id
    ),
    said as (
        select person_id, avg(score) filter (kind = 'satisfaction') as satisfaction,
        avg(score) filter (kind = 'nps') as nps
        from surveys where answered_at < $now group by person_id
    )
    select bought.* exclude (person_id), came.* exclude (person_id), read.* exclude (person_id),
        said.* exclude (person_id), date_part('year', $now) - date_part('year', birth_date) as age,
        (market = 'CN')::int as is_chinese, (sex = 'female')::int as is_female, city_id
    from persons left join bought using (person_id) left join came using (person_id)
        left join read using (person_id) left join said using (person_id)
    order by person_id
"""
BASKET_SHARES = """
    with lines as (
        select person_id, market, product_id, part.net_amount, unit_price_amount, unit_quantity
        from orders join order_lines as part using (order_id)
        where account_id is not null and ordered_at < $now
        union all
        select person_id, market, product_id, part.net_amount, unit_price_amount, unit_quantity
        from receipts join receipt_lines as part using (receipt_id)
        where account_id is not null and paid_at < $now
    )
    select person_id, {shares}, avg(unit_price_amount / if(market = 'CN', list_cny,
    list_gbp)) as relative_price,
        avg(quality) as quality, avg(status) as status, avg(sustainable) as sustainable,
        avg(healthy) as healthy,
        avg(traditional) as traditional, avg(spicy) as spicy, count(*) as line_count,
        avg(unit_quantity) as units
    from lines join products using (product_id) group by person_id
"""


def history(world: Practice, day: int) -> np.ndarray:
    """Return what was seen of each person before a day, (persons, features); nan: never."""
    with _connect(world) as connection:
        persons = "(select person_id, birth_date, market, sex, city_id from all_persons)"
        connection.execute(f"create temp view persons as select * from {persons}")
        found = connection.execute(SEEN, {"now": date_of(day)}).to_arrow_table()
    return np.stack(
        [column.cast("float64").to_numpy(zero_copy_only=False) for column in found.columns], axis=1
    )


def baskets(world: Practice, day: int) -> np.ndarray:
    """Return what was seen in each person's baskets before a day, (persons, features); nan: never bought."""
    categories = list(world.identity.parameters.assortment.categories)
    shares = ", ".join(f"sum(net_amount) filter (category = '{c}') / sum(net_amount)" for c in categories)
    with _connect(world) as connection:
        found = connection.execute(
            BASKET_SHARES.format(shares=shares), {"now": date_of(day)}
        ).to_arrow_table()
    values = np.full((world.identity.person_count, found.num_columns - 1), np.nan)
    columns = [column.cast("float64").to_numpy(zero_copy_only=False) for column in found.columns[1:]]
    values[found["person_id"].to_numpy()] = np.stack(columns, axis=1)
    filled = np.where(
        np.isnan(values[:, : len(categories)]) & ~np.isnan(values[:, [-1]]), 0, values[:, : len(categories)]
    )
    return np.concatenate([filled, values[:, len(categories) :]], axis=1)


def future_revenue(world: Practice, day: int, horizon: int) -> np.ndarray:
    """Return each person's realised net revenue in GBP over the days from ``day`` on, returns taken off."""
    with _connect(world) as connection:
        found = connection.execute(
            """
            select person_id, sum(amount) as amount from (
                select person_id, (net_amount - coalesce(back, 0)) / if(market = 'CN', 9.2, 1) as amount
                from orders left join (select order_id,
                sum(amount) as back from refunds group by order_id) using (order_id)
                where ordered_at >= $first and ordered_at < $last
                union all
                select person_id, (net_amount - coalesce(back, 0)) / if(market = 'CN', 9.2, 1)
                from receipts left join (select receipt_id,
                sum(amount) as back from refunds group by receipt_id)
                    using (receipt_id)
                where paid_at >= $first and paid_at < $last
            ) group by person_id
            """,
            {"first": date_of(day), "last": date_of(day + horizon)},
        ).to_arrow_table()
    total = np.zeros(world.identity.person_count)
    total[found["person_id"].to_numpy()] = found["amount"].to_numpy()
    return total


def _connect(world: Practice) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2, "temp_directory": ""})
    connection.execute("set TimeZone = 'UTC'")
    for name, rows in world.tables.items():
        connection.register("all_persons" if name == "persons" else name, rows)
    return connection
