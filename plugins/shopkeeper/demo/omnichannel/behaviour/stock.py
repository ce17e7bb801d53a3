"""What lies in stores and warehouses, who gets the last one, and when more comes.

A cell (place, product) that cannot serve all keeps the random number from which on it turned buyers away. A
rerun with fewer buyers uses these numbers, so that the factual world is reproduced to the line and no
channel's effect is mixed with another one's stock.
"""

from dataclasses import dataclass, field

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.settings import Retailer

PIPELINE_DAYS = 12


@dataclass
class Stock:
    """Units by (place, product): on hand, on the way by day of arrival, and the demand learnt."""

    on_hand: np.ndarray
    on_the_way: np.ndarray
    demand: np.ndarray
    opening: np.ndarray
    received: np.ndarray
    sold: np.ndarray
    returned: np.ndarray
    lost: np.ndarray
    cut_cells: list[np.ndarray] = field(default_factory=list)
    cut_values: list[np.ndarray] = field(default_factory=list)
    cut_passes: list[int] = field(default_factory=list)


def first_stock(retailer: Retailer, person_count: int) -> Stock:
    """Return the stock on the first morning: what a rough plan of demand covers for a fortnight."""
    kinds = list(retailer.parameters.assortment.categories.values())
    goods, shape = retailer.goods, (retailer.places.count, retailer.goods.count)
    daily = np.array([kind.appeal / kind.cycle_days * kind.units for kind in kinds])[goods.category]
    daily = daily * goods.usual_share
    demand = np.broadcast_to(daily * person_count * 0.35 / shape[0], shape).astype(np.float32).copy()
    on_hand = np.ceil(demand * 12 + 2).astype(np.int32)
    return with_shelves(on_hand, np.zeros((PIPELINE_DAYS, *shape), np.int32), demand)


def with_shelves(on_hand: np.ndarray, on_the_way: np.ndarray, demand: np.ndarray) -> Stock:
    """Return the stock of an evening: nothing moves yet."""
    opening, received, sold, returned, lost = (np.zeros_like(on_hand) for _ in range(5))
    return Stock(on_hand, on_the_way, demand, opening, received, sold, returned, lost)


def receive(retailer: Retailer, stock: Stock, day: int) -> None:
    """Begin a day: take in what arrives, and order again where cover is short."""
    known, draw = retailer.parameters.assortment, retailer.draw
    slot = day % PIPELINE_DAYS
    stock.received = stock.on_the_way[slot].copy()
    stock.on_the_way[slot] = 0
    stock.opening = stock.on_hand.copy()
    stock.on_hand += stock.received
    for name in ("sold", "returned", "lost"):
        setattr(stock, name, np.zeros_like(stock.on_hand))
    stock.cut_cells, stock.cut_values, stock.cut_passes = [], [], []
    cover = known.cover_days * stock.demand + known.safety * np.sqrt(known.cover_days * stock.demand)
    position = stock.on_hand + stock.on_the_way.sum(axis=0)
    short = np.flatnonzero(
        (position < 0.75 * cover + 1) & (np.arange(position.size).reshape(position.shape) % 3 == day % 3)
    )
    if not len(short):
        return
    late = draw.uniform("stock/fails", short, day) < known.failure_rate
    arrives = (day + known.delivery_days + 7 * late) % PIPELINE_DAYS
    wanted = np.ceil(cover.ravel()[short] + 1 - position.ravel()[short]).astype(np.int32)
    np.add.at(stock.on_the_way.reshape(PIPELINE_DAYS, -1), (arrives, short), wanted)


def serve(
    stock: Stock, place: np.ndarray, product: np.ndarray, units: np.ndarray, u: np.ndarray, turn: int
) -> np.ndarray:
    """Take units off the shelf in the order of ``u``; return which requests are served."""
    width = stock.on_hand.shape[1]
    cell = place.astype(np.int64) * width + product
    order = np.lexsort((u, cell))
    ordered, amount = cell[order], units[order]
    running = np.cumsum(amount)
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if len(order) else np.zeros(0, int)
    before = np.repeat(running[starts] - amount[starts], np.diff(np.r_[starts, len(order)]))
    fits = running - before <= stock.on_hand.ravel()[ordered]
    served = np.zeros(len(order), bool)
    served[order] = fits
    fails = np.flatnonzero(~fits)
    cells, first = np.unique(ordered[fails], return_index=True)
    stock.cut_cells.append(cells)
    stock.cut_values.append(u[order[fails[first]]])
    stock.cut_passes.append(turn)
    np.subtract.at(stock.on_hand.ravel(), cell[served], units[served])
    np.add.at(stock.sold.ravel(), cell[served], units[served])
    if turn == 1:
        np.add.at(stock.lost.ravel(), cell[~served], units[~served])
    return served


def learn(stock: Stock) -> None:
    """End a day: demand learns from what was sold and what was asked for in vain."""
    stock.demand += 0.06 * (stock.sold + 0.5 * stock.lost - stock.demand)


def cuts(stock: Stock) -> np.ndarray:
    """Return the day's cut-offs as rows (cell, turn, value), one a cell and turn."""
    parts = [
        np.stack([cells.astype(float), np.full(len(cells), float(turn)), values], axis=1)
        for cells, values, turn in zip(stock.cut_cells, stock.cut_values, stock.cut_passes, strict=True)
    ]
    return np.concatenate(parts) if parts else np.zeros((0, 3))


def serve_by_cuts(
    known: np.ndarray, width: int, place: np.ndarray, product: np.ndarray, _: np.ndarray, u: np.ndarray,
    turn: int,
) -> np.ndarray:  # fmt: skip
    """Return which requests the factual world would have served, from its `cuts` of the day."""
    rows = known[known[:, 1] == turn]
    if not len(rows):
        return np.ones(len(u), bool)
    rows = rows[np.argsort(rows[:, 0])]
    cell = place.astype(np.int64) * width + product
    at = np.minimum(np.searchsorted(rows[:, 0], cell), len(rows) - 1)
    return u < np.where(rows[at, 0] == cell, rows[at, 2], 1.0)
