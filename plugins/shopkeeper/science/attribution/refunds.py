"""Deducts refunds from their orders before credit is split.

Only refunds that name their order; all others are netted in `science.purchases`.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.science.inputs import encode, read_table, read_times


def net_refunds(conversions: Any) -> pa.Table:
    """Return one row per order that kept some value, as `paths_from_touches` takes conversions.

    `conversions`: `customer_id`, `converted_at`, `conversion_id` (the order; a refund has the id of the order
    that it gives back), `value` (decimal or float; negative: a refund). An order has any number of rows.

    Returns the same columns, sorted by conversion: the order's customer, its earliest moment, and its value
    less its refunds. An order that was given back whole, or of which only refunds are in the table, is left
    out; one that was free stays.

    Raises `ValueError` on a missing column, nulls, a value that is no number, or an order of two customers.
    """
    rows = read_table(conversions, "customer_id", "converted_at", "conversion_id", "value")
    rows = rows.set_column(1, "converted_at", read_times(rows, "converted_at"))
    value = rows["value"]
    if pa.types.is_decimal(value.type):
        value = value.cast(pa.decimal128(38, value.type.scale))
    elif pa.types.is_floating(value.type) or pa.types.is_integer(value.type):
        value = value.cast(pa.float64())
        if not pc.all(pc.is_finite(value), min_count=0).as_py():
            raise ValueError("column value has values that are not finite; remove those rows")
    else:
        raise ValueError(f"column value is {value.type}; give decimals or floats")
    # A sum of floats depends on its order, so the order is fixed.
    rows = rows.set_column(3, "value", value).append_column(
        "is_refund", pc.less(value, pa.scalar(0, value.type))
    )
    rows = rows.sort_by(
        [("conversion_id", "ascending"), ("converted_at", "ascending"), ("value", "ascending")]
    )
    rows = rows.append_column("customer", pa.array(encode(rows["customer_id"])[1]))
    orders = rows.group_by("conversion_id", use_threads=False).aggregate(
        [("value", "sum"), ("is_refund", "any"), ("customer", "min"), ("customer", "max")]
    )
    shared = pc.sum(pc.not_equal(orders["customer_min"], orders["customer_max"])).as_py()
    if shared:
        raise ValueError(f"{shared} orders belong to more than one customer; give each order one")
    sales = rows.filter(pc.invert(rows["is_refund"]))
    begun = sales.group_by("conversion_id", use_threads=False).aggregate(
        [("customer_id", "first"), ("converted_at", "min")]
    )
    nothing = pa.scalar(0, orders["value_sum"].type)
    kept = orders.filter(
        pc.or_(
            pc.greater(orders["value_sum"], nothing),
            pc.and_(pc.equal(orders["value_sum"], nothing), pc.invert(orders["is_refund_any"])),
        )
    )
    # Orders are in one order on both sides, so a place found is a row.
    place = pc.index_in(kept["conversion_id"], begun["conversion_id"].combine_chunks())
    begun = begun.take(place)
    return pa.table(
        {
            "customer_id": begun["customer_id_first"],
            "converted_at": begun["converted_at_min"],
            "conversion_id": kept["conversion_id"],
            "value": kept["value_sum"],
        }
    )
