"""Who is alive as a customer on a day, from the turns of lives."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from shopkeeper.demo.omnichannel.surroundings.days import date_of


def alive_on(lives: pa.Table, person_count: int, day: int) -> np.ndarray:
    """Return who is an active customer on the evening of a day, (persons,)."""
    turns = lives.filter(
        pc.and_(
            pc.less_equal(lives["date"], pa.scalar(date_of(day))),
            pc.is_in(lives["kind"].cast(pa.string()), pa.array(["arrived", "lapsed", "returned"])),
        )
    )
    person = turns["person_id"].to_numpy()
    date = turns["date"].cast(pa.int32()).to_numpy()
    is_lapse = np.asarray(turns["kind"].cast(pa.string())) == "lapsed"
    order = np.lexsort((np.arange(len(person)), date, person))
    alive = np.zeros(person_count, bool)
    alive[person[order]] = ~is_lapse[order]
    return alive
