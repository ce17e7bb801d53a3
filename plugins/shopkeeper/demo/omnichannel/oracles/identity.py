"""Identity: which accounts are one person's, by an oracle that knows what each account was truly given.

Pairs of accounts that share a phone, an e-mail or an address are judged by the share of same-person pairs
among pairs of their kind (what they share, by how many it is held, whether name and birth date agree) in
worlds of other seeds. Typing errors do not fool this oracle: it compares what was meant.
"""

import duckdb
import pyarrow as pa

from shopkeeper.demo.omnichannel.oracles.practice import Practice

PAIRS = """
    with known as (
        select account_id, person_id, system, phone_key, email_key, address_key, household_id,
            name_key % 3000 as name, birth_date,
            count(*) over (partition by phone_key) as phone_holders,
            count(*) over (partition by address_key) as address_holders
        from accounts join persons using (person_id) where system <> 'social'
    ),
    candidates as (
        select a.account_id as a, b.account_id as b from known a join known b using (phone_key)
        where a.account_id < b.account_id and a.phone_holders <= 40
        union
        select a.account_id,
        b.account_id from known a join known b using (email_key) where a.account_id < b.account_id
        union
        select a.account_id, b.account_id from known a join known b using (address_key)
        where a.account_id < b.account_id and a.address_holders <= 40
    )
    select l.account_id as left_id, r.account_id as right_id, l.person_id = r.person_id as is_same,
        coalesce(l.phone_key = r.phone_key, false) as phone,
        l.phone_key is null or r.phone_key is null as no_phone,
        coalesce(l.email_key = r.email_key, false) as email,
        l.email_key is null or r.email_key is null as no_email,
        coalesce(l.address_key = r.address_key, false) as address,
        l.name = r.name as name,
        if(l.system in ('crm', 'loyalty') and r.system in ('crm', 'loyalty'),
        (l.birth_date = r.birth_date)::int, -1)
            as birth_date,
        l.system = r.system as one_system, least(l.phone_holders, 8) as phone_holders
    from candidates join known l on a = l.account_id join known r on b = r.account_id
"""
KIND = "phone, no_phone, email, no_email, address, name, birth_date, one_system, phone_holders"


def candidate_pairs(world: Practice) -> pa.Table:
    """Return pairs of accounts that share something, what they share, and whether they are one person's."""
    with duckdb.connect() as connection:
        for name in ("accounts", "persons"):
            connection.register(name, world.tables[name])
        return connection.execute(PAIRS).to_arrow_table()


def same_person(practice: list[Practice], world: Practice) -> pa.Table:
    """Return the candidate pairs of a world with the oracle's probability that they are one person's."""
    pairs = candidate_pairs(world)
    learnt = pa.concat_tables([candidate_pairs(other) for other in practice])
    with duckdb.connect() as connection:
        connection.register("learnt", learnt)
        connection.register("pairs", pairs)
        return connection.execute(
            f"""
            with posterior as (
                select {KIND},
                (sum(is_same::int) + 0.5) / (count(*) + 1) as probability from learnt group by all
            )
            select pairs.left_id, pairs.right_id, pairs.is_same, pairs.phone, pairs.email, pairs.name,
                coalesce(probability, (phone and name)::int * 0.9 + 0.05) as probability
            from pairs left join posterior using ({KIND}) order by left_id, right_id
            """
        ).to_arrow_table()


def true_pair_count(world: Practice) -> int:
    """Return how many pairs of accounts are one person's."""
    with duckdb.connect() as connection:
        connection.register("accounts", world.tables["accounts"])
        row = connection.execute(
            "select sum(n * (n - 1) / 2) from (select count(*) as n from accounts where system <> 'social' "
            "group by person_id)"
        ).fetchone()
    return int(row[0]) if row else 0


def pair_score(pairs: pa.Table, rule: str, true_pairs: int) -> float:
    """Return F1 of the pairs that a rule links, such as `probability >= 0.5`, over all true pairs."""
    with duckdb.connect() as connection:
        connection.register("pairs", pairs)
        row = connection.execute(f"select count(*), sum(is_same::int) from pairs where {rule}").fetchone()
    linked, right = (row[0], row[1] or 0) if row else (0, 0)
    return 2 * right / max(linked + true_pairs, 1)


def group_score(groups: pa.Table, accounts: pa.Table, true_pairs: int) -> float:
    """Return F1 of the pairs that a grouping of accounts links: ``groups`` says (account, customer) by the
    files' numbers, ``accounts`` which account each number is.
    """
    with duckdb.connect() as connection:
        connection.register("told", groups.rename_columns(["account", "customer"]))
        connection.register("accounts", accounts)
        row = connection.execute(
            """
            with placed as (
                select distinct account_id, person_id, customer from told join accounts using (account)
                where system <> 'social'
            ),
            linked as (select sum(n * (n - 1) / 2) as n from
                (select count(*) as n from placed group by customer)),
            correct as (select sum(n * (n - 1) / 2) as n from
                (select count(*) as n from placed group by customer, person_id))
            select linked.n, correct.n from linked, correct
            """
        ).fetchone()
    linked, right = (row[0] or 0, row[1] or 0) if row else (0, 0)
    return 2 * float(right) / max(float(linked) + true_pairs, 1)
