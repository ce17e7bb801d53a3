"""Groups identifiers that belong to one person: linked ones together, unlinked ones alone.

Guessing that two records are one person does not belong here.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from shopkeeper.science.inputs import require_columns

IDENTITIES = pa.schema(
    [("customer_id", pa.string()), ("identifier_type", pa.string()), ("identifier_value", pa.string())]
)
IDENTIFIER = ["identifier_type", "identifier_value"]
LINKED = ["linked_identifier_type", "linked_identifier_value"]


def link_identifiers(mentioned: pa.Table, links: pa.Table, types: Sequence[str]) -> pa.Table:
    """Return one row per identifier with the customer that it belongs to.

    `mentioned`: `identifier_type`, `identifier_value`, in any number of rows. `links`: the same columns plus
    `linked_identifier_type`, `linked_identifier_value`: two identifiers that a system knows to belong to one
    person. `types`: the types of identifiers, the one that names a customer first; unlisted types come last.
    A customer is named by its first identifier, by type, then by value; types other than the first are
    prefixed, so that `device_id:7` cannot be confused with card 7.
    """
    require_columns(mentioned, *IDENTIFIER)
    require_columns(links, *IDENTIFIER, *LINKED)
    first, second = links.select(IDENTIFIER), links.select(LINKED).rename_columns(IDENTIFIER)
    every = pa.concat_tables([mentioned.select(IDENTIFIER), first, second]).cast(
        pa.schema(list(IDENTITIES)[1:])
    )
    known = every.filter(pc.is_valid(every["identifier_value"])).group_by(IDENTIFIER).aggregate([])
    rank = pc.fill_null(pc.index_in(known["identifier_type"], pa.array(types, pa.string())), len(types))
    known = known.select(IDENTIFIER).append_column("rank", rank)
    known = known.sort_by([("rank", "ascending"), *((name, "ascending") for name in IDENTIFIER)])
    names = _joined(known)
    places = [pc.index_in(_joined(side), names).combine_chunks() for side in (first, second)]
    linked = pc.and_(pc.is_valid(places[0]), pc.is_valid(places[1]))
    rows, columns = (np.asarray(place.filter(linked)) for place in places)
    graph = coo_array((np.ones(len(rows), np.int8), (rows, columns)), shape=(len(names), len(names)))
    _, component = connected_components(graph, directed=False)
    # Sorted by rank: the first row of a component names its customer.
    _, first_rows = np.unique(component, return_index=True)
    is_first_type = pc.equal(known["rank"], 0)
    called = pc.if_else(is_first_type, known["identifier_value"], names)
    identities = known.select(IDENTIFIER).add_column(
        0, "customer_id", called.combine_chunks().take(pa.array(first_rows[component]))
    )
    return identities.cast(IDENTITIES).sort_by([(name, "ascending") for name in IDENTITIES.names])


def _joined(identifiers: pa.Table) -> pa.ChunkedArray:
    kind, value = (identifiers[name].cast(pa.string()) for name in IDENTIFIER)
    return pc.binary_join_element_wise(kind, value, ":")
