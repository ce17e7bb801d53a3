"""What a purchase feels like, and what that changes: satisfaction, attachment, tickets."""

from dataclasses import dataclass

import numpy as np

from shopkeeper.demo.omnichannel.behaviour.paying import Baskets
from shopkeeper.demo.omnichannel.behaviour.settings import Retailer, Today
from shopkeeper.demo.omnichannel.behaviour.visits import Visits
from shopkeeper.demo.omnichannel.people.persons import People
from shopkeeper.demo.omnichannel.people.state import State
from shopkeeper.demo.omnichannel.randomness import pair


@dataclass
class Experiences:
    """One row a basket: how it felt (0 to 1), the parts that hurt by `PARTS`, and the ticket it led to."""

    felt: np.ndarray
    hurts: np.ndarray
    has_ticket: np.ndarray
    is_solved: np.ndarray


PARTS = ("delivery", "stock", "price", "quality", "service")


def feel(
    retailer: Retailer, today: Today, people: People, state: State, visits: Visits, baskets: Baskets,
    missing: np.ndarray, programme: np.ndarray,
) -> Experiences:  # fmt: skip
    """Let the buyers learn from a purchase; ``missing`` counts products not got, one a basket."""
    known, draw, day, goods = retailer.parameters.feelings, retailer.draw, today.day, retailer.goods
    row = visits.row[baskets.visit]
    ids, pains = pair(people.person[row], visits.slot[baskets.visit]), people.pains[row]
    count = baskets.count
    lines = np.maximum(np.bincount(baskets.basket, minlength=count), 1)
    quality = np.bincount(baskets.basket, goods.traits[baskets.product, 0], count) / lines
    wrong = np.bincount(baskets.basket, np.isin(baskets.back_reason, (1, 4)), count) > 0
    late = np.minimum(baskets.taken - baskets.promised, 5) / 2.5
    dear = today.prices.rival[people.market[row][baskets.basket], baskets.category]
    dear = np.bincount(baskets.basket, dear, count) / lines
    hurts = np.stack(
        [
            known.late * late * pains[:, 0], known.out_of_stock * np.minimum(missing, 3) / 2 * pains[:, 2],
            known.dear * dear * pains[:, 1] * 2, known.bad_quality * wrong * pains[:, 4], np.zeros(count),
        ],
        axis=1,
    )  # fmt: skip
    trouble = hurts.min(axis=1) < -0.08
    chance = np.where(trouble, known.trouble_ticket_rate, known.ticket_rate)
    has_ticket = draw.uniform("feel/ticket", ids, day) < chance
    solved = draw.uniform("feel/solved", ids, day) < known.solved_rate
    hurts[:, 4] = np.where(has_ticket, np.where(solved, 0.06, known.bad_service * pains[:, 3]), 0.0)
    felt = (
        known.base
        + 0.30 * (quality - 0.5)
        + hurts.sum(axis=1)
        + known.noise * draw.normal("feel/noise", ids, day)
    )
    felt += 0.05 * (people.digital[row] - 0.5) + 0.06 * (baskets.discount > 0)
    felt = np.clip(felt + retailer.parameters.programme.satisfaction * programme[row], 0.0, 1.0)
    state.satisfaction[row] += known.learning * (felt - state.satisfaction[row])
    pull = known.attachment_gain * (state.satisfaction[row] - state.attachment[row])
    state.attachment[row] = np.clip(state.attachment[row] + pull, 0.02, 0.99)
    return Experiences(felt, hurts, has_ticket, solved & has_ticket)
