"""Lifestyle groups: bent, unequal, blurred.

A person of group g lies at ``c_g + t d_g + (t^2 - 1/3) e_g + s_g * noise`` in six latent traits (thrift,
quality, status, hurry, green, tradition), t uniform on (-1, 1); the noise is normal times a lognormal
scale.
"""

import numpy as np

from shopkeeper.demo.omnichannel.parameters.people import People as Parameters
from shopkeeper.demo.omnichannel.people.households import Homes
from shopkeeper.demo.omnichannel.randomness import Randomness

GROUPS = (
    "thrifty_families", "quality_seekers", "busy_urban", "traditional_cooks",
    "green_minimalists", "status_shoppers", "deal_hunters",
)  # fmt: skip
CENTRES = np.array([
    [1.0, 0.0, -0.6, 0.2, -0.2, 0.3],
    [-0.5, 1.2, 0.2, 0.0, 0.5, -0.1],
    [-0.4, 0.2, 0.3, 1.3, -0.1, -0.7],
    [0.3, 0.5, -0.7, -0.6, 0.1, 1.4],
    [0.0, 0.7, -0.9, 0.0, 1.6, -0.2],
    [-1.1, 0.5, 1.7, 0.3, -0.6, -0.2],
    [1.9, -0.6, 0.3, 0.0, -0.9, -0.3],
])  # fmt: skip
DIRECTIONS = np.array([
    [0.5, 0.3, 0.0, -0.6, 0.0, 0.4],
    [0.2, 0.4, 0.6, 0.0, -0.5, 0.2],
    [0.4, -0.2, 0.5, 0.3, 0.4, 0.0],
    [0.4, -0.3, 0.0, 0.3, 0.5, 0.3],
    [-0.5, 0.2, 0.3, 0.5, 0.2, 0.4],
    [0.3, 0.5, 0.4, -0.4, 0.3, 0.3],
    [0.3, 0.0, 0.7, 0.6, 0.0, -0.4],
])  # fmt: skip
BENDS = np.roll(DIRECTIONS, 2, axis=1) * 0.9
SCALES = np.array([0.9, 1.2, 0.8, 1.1, 0.7, 1.3, 0.9])


def latent_traits(known: Parameters, draw: Randomness, homes: Homes) -> tuple[np.ndarray, np.ndarray]:
    """Return the planted group (n,) and the six latent traits (n, 6) of each person."""
    ids = homes.person
    group = draw.choice("person/group", ids, np.array(known.group_weights))
    other = draw.choice("person/other_group", ids, np.array(known.group_weights))
    blend = np.where(
        draw.uniform("person/blends", ids) < known.blend_rate, 0.5 * draw.uniform("person/blend", ids), 0.0
    )[:, None]
    t = 2 * draw.uniform("person/curve", ids)[:, None] - 1
    z = (1 - blend) * _on_curve(group, t) + blend * _on_curve(other, t)
    z *= known.group_separation
    tail = np.exp(0.45 * draw.normal("person/tail", ids))[:, None]
    noise = np.stack([draw.normal("person/latent", ids, k) for k in range(6)], axis=1)
    z += known.group_noise * SCALES[group][:, None] * tail * noise
    middle = np.where(homes.market == 0, 84_000, 27_000)
    rich = np.log(np.maximum(homes.income, 2_000) / middle)
    z[:, 0] -= 0.35 * rich
    z[:, 2] += 0.20 * rich
    z[:, 5] += 0.015 * (homes.age - 42) + 0.25 * (homes.market == 0)
    return group.astype(np.int8), z


def _on_curve(group: np.ndarray, t: np.ndarray) -> np.ndarray:
    return CENTRES[group] + t * DIRECTIONS[group] + (t**2 - 1 / 3) * BENDS[group]
