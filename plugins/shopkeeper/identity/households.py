"""One household, one customer: the identity of a retailer whose loyalty cards belong to households.

Linking people across systems does not belong here.
"""

import pyarrow as pa

from shopkeeper.science.inputs import require_columns

IDENTITIES = pa.schema(
    [("customer_id", pa.string()), ("identifier_type", pa.string()), ("identifier_value", pa.string())]
)


def resolve_households(identifiers: pa.Table) -> pa.Table:
    """Return one row per identifier with the customer that it belongs to.

    `identifiers`: `customer_id` (the household as its system names it), `identifier_type`,
    `identifier_value`; an identifier that several systems know stands in several rows. Raises `ValueError`
    where one belongs to two customers.
    """
    require_columns(identifiers, *IDENTITIES.names)
    known = identifiers.select(IDENTITIES.names).cast(IDENTITIES)
    distinct = known.group_by(IDENTITIES.names).aggregate([]).select(IDENTITIES.names)
    identifier = ["identifier_type", "identifier_value"]
    shared = distinct.num_rows - distinct.group_by(identifier).aggregate([]).num_rows
    if shared:
        raise ValueError(
            f"{shared} identifiers belong to more than one customer; link them before they are resolved"
        )
    return distinct.sort_by([(name, "ascending") for name in IDENTITIES.names])
