"""Record a day of one block of persons as clean tables."""

import numpy as np

from shopkeeper.demo.omnichannel.records.contacts import record_people
from shopkeeper.demo.omnichannel.records.moment import Moment
from shopkeeper.demo.omnichannel.records.promotion import record_ads, record_messages, record_points
from shopkeeper.demo.omnichannel.records.sales import record_sales
from shopkeeper.demo.omnichannel.records.screens import record_visits
from shopkeeper.demo.omnichannel.records.voice import record_voice


def record(moment: Moment) -> np.ndarray:
    """Fill a moment's tables; return the block's views and clicks by market and channel, for `spend`."""
    shown = record_visits(moment)
    sold = record_sales(moment, shown)
    record_people(moment)
    record_messages(moment)
    record_points(moment, sold)
    record_voice(moment, shown, sold)
    return record_ads(moment, shown)
