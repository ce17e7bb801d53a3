"""The numbers by which files name accounts, and whose they are: a contestant answers by these."""

import duckdb
import numpy as np
import pyarrow as pa

from shopkeeper.demo.omnichannel.files.customers import NUMBERS
from shopkeeper.demo.omnichannel.files.merger import taken_over
from shopkeeper.demo.omnichannel.oracles.practice import Practice
from shopkeeper.demo.omnichannel.records.retailers import SECOND_ACCOUNTS


def numbered_accounts(world: Practice) -> pa.Table:
    """Return every number (``account``) by which files name an account, its id, its system and person."""
    accounts = world.tables["accounts"].select(["account_id", "person_id", "system"])
    ids = accounts["account_id"].to_numpy()
    with duckdb.connect() as connection:
        connection.execute(NUMBERS)
        connection.register("accounts", accounts.append_column("new_id", pa.array(taken_over(ids))))
        return connection.execute(
            f"""
            select number_of(new_id, unnest([false, true])) as account, account_id, person_id, system
            from accounts
            union
            select second_number(account_id - {SECOND_ACCOUNTS}), account_id, person_id, system
            from accounts where account_id >= {SECOND_ACCOUNTS}
            """
        ).to_arrow_table()


def by_person(told: pa.Table, accounts: pa.Table, person_count: int) -> np.ndarray:
    """Return each person's answer, the mean over his accounts; 0 where nobody answered."""
    with duckdb.connect() as connection:
        connection.register("told", told.rename_columns(["account", "value"]))
        connection.register("accounts", accounts)
        found = connection.execute(
            "select person_id, avg(value) as value from told join accounts using (account) group by person_id"
        ).to_arrow_table()
    values = np.zeros(person_count)
    values[found["person_id"].to_numpy()] = found["value"].to_numpy()
    return values
