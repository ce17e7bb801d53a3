"""Laws of every attribution model, on generated journeys."""

from collections import Counter, defaultdict
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import permutations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from shopkeeper.science.attribution import UNTOUCHED, credit, order_evidence, touch_credit
from shopkeeper.science.attribution.markov import _chain, removal_effects
from shopkeeper.science.attribution.paths import read_paths

pytestmark = pytest.mark.slow

CHANNELS = ["app", "direct", "e-mail", "search", "shop window"]
RULES = [
    ("first", {}),
    ("last", {}),
    ("last_non_direct", {}),
    ("linear", {}),
    ("position", {}),
    ("position", {"weights": (3, 0, 1)}),
    ("position", {"weights": (0, 1, 0)}),
    ("time_decay", {"half_life": timedelta(days=2)}),
]
SHAPLEYS = [("shapley", {}), ("shapley", {"by_stage": True})]
MARKOVS = [("markov", {"order": order}) for order in (1, 2, 3, "auto")]
law = settings(max_examples=25, deadline=None)
every_model = pytest.mark.parametrize(("model", "options"), RULES + SHAPLEYS + MARKOVS)

Journey = tuple[list[str], list[int], int, int, int]


@st.composite
def journey(draw) -> Journey:
    """One row of paths: channels, ages in hours, conversions, their value in cents, nulls."""
    channels = draw(st.lists(st.sampled_from(CHANNELS), max_size=6))
    ages = sorted(draw(st.lists(st.integers(0, 900), min_size=len(channels), max_size=len(channels))))
    conversions = draw(st.integers(0, 3))
    cents = draw(st.integers(0, 99_999)) if conversions else 0
    return channels, ages[::-1], conversions, cents, draw(st.integers(0, 3))


journeys = st.lists(journey(), min_size=1, max_size=8)


def table(rows: list[Journey], *, money: pa.DataType | None = None) -> pa.Table:
    amounts = [Decimal(row[3]).scaleb(-2) for row in rows]
    return pa.table(
        {
            "touches": pa.array([row[0] for row in rows], pa.list_(pa.string())),
            "ages": pa.array(
                [[timedelta(hours=age) for age in row[1]] for row in rows], pa.list_(pa.duration("us"))
            ),
            "conversions": pa.array([row[2] for row in rows], pa.int64()),
            "value": pa.array(amounts, pa.decimal128(18, 2)).cast(money or pa.decimal128(18, 2)),
            "nulls": pa.array([row[4] for row in rows], pa.int64()),
        }
    )


def by_channel(credited: pa.Table) -> dict[str, tuple[float, Decimal]]:
    found: dict[str, tuple[float, Decimal]] = defaultdict(lambda: (0.0, Decimal(0)))
    for row in credited.to_pylist():
        conversions, value = found[row["channel"]]
        found[row["channel"]] = conversions + row["conversions"], value + row["value"]
    return {channel: earned for channel, earned in found.items() if earned != (0.0, Decimal(0))}


def alike(left: pa.Table, right: pa.Table) -> bool:
    """Equal conversions to rounding error, equal value to the cent that rounding error may move."""
    one, other = by_channel(left), by_channel(right)
    nothing = (0.0, Decimal(0))
    return all(
        abs(one.get(channel, nothing)[0] - other.get(channel, nothing)[0]) < 1e-9
        and abs(one.get(channel, nothing)[1] - other.get(channel, nothing)[1]) <= Decimal("0.01")
        for channel in one.keys() | other.keys()
    )


@every_model
@law
@given(rows=journeys)
def test_credit_sums_to_the_conversions_and_to_the_cent(model, options, rows):
    credited = credit(table(rows), model, **options)
    assert sum(credited["conversions"].to_pylist()) == pytest.approx(sum(row[2] for row in rows), abs=1e-9)
    assert sum(credited["value"].to_pylist()) == Decimal(sum(row[3] for row in rows)).scaleb(-2)


@every_model
@law
@given(rows=journeys)
def test_credit_in_floats_sums_to_the_value(model, options, rows):
    credited = credit(table(rows, money=pa.float64()), model, **options)
    assert sum(credited["value"].to_pylist()) == pytest.approx(sum(row[3] for row in rows) / 100, abs=1e-6)


@every_model
@law
@given(rows=journeys)
def test_no_channel_loses_by_being_seen(model, options, rows):
    credited = credit(table(rows), model, **options)
    assert all(row["conversions"] >= 0 and row["value"] >= 0 for row in credited.to_pylist())


@every_model
@law
@given(rows=journeys, money=st.sampled_from([pa.decimal128(18, 2), pa.float64()]), random=st.randoms())
def test_the_order_of_rows_does_not_change_a_byte(model, options, rows, money, random):
    shuffled = random.sample(rows, len(rows))
    assert credit(table(rows, money=money), model, **options).equals(
        credit(table(shuffled, money=money), model, **options)
    )


@every_model
@law
@given(rows=journeys, data=st.data())
def test_an_aggregated_row_may_be_split_in_two(model, options, rows, data):
    channels, ages, conversions, cents, nulls = rows[0]
    part = data.draw(st.integers(0, conversions))
    part_cents = data.draw(st.integers(0, cents)) if 0 < part < conversions else cents * (part > 0)
    part_nulls = data.draw(st.integers(0, nulls))
    halves = [
        (channels, ages, part, part_cents, part_nulls),
        (channels, ages, conversions - part, cents - part_cents, nulls - part_nulls),
    ]
    assert by_channel(credit(table(rows), model, **options)) == by_channel(
        credit(table([*halves, *rows[1:]]), model, **options)
    )


@pytest.mark.parametrize(("model", "options"), [*SHAPLEYS, ("markov", {"order": 1})])
@law
@given(rows=journeys, data=st.data())
def test_repeating_a_touch_right_after_itself_changes_nothing(model, options, rows, data):
    channels, ages, *counts = rows[0]
    assume(channels)
    again = data.draw(st.integers(0, len(channels) - 1))
    repeated = (
        channels[: again + 1] + channels[again:],
        ages[: again + 1] + ages[again:],
        *counts,
    )
    before = credit(table(rows), model, **options)
    after = credit(table([repeated, *rows[1:]]), model, **options)
    assert alike(before, after)


@pytest.mark.parametrize(("model", "options"), RULES + SHAPLEYS)
@law
@given(rows=journeys, touches=st.integers(1, 4))
def test_a_channel_alone_on_its_paths_takes_them_whole(model, options, rows, touches):
    alone = (["radio"] * touches, [0] * touches, 2, 12_345, 1)
    earned = by_channel(credit(table([alone, *rows]), model, **options))["radio"]
    assert earned == (pytest.approx(2.0), Decimal("123.45"))


@law
@given(rows=journeys)
def test_shapley_is_the_mean_marginal_gain(rows):
    earned = Counter()
    for channels, _, conversions, _, _ in rows:
        earned[frozenset(channels)] += conversions
    players = sorted({channel for row in rows for channel in row[0]})
    gains = dict.fromkeys(players, Fraction(0))
    orders = list(permutations(players))
    for order in orders:
        for joined, player in enumerate(order):
            with_player, without = set(order[: joined + 1]), set(order[:joined])
            gains[player] += sum(
                count for used, count in earned.items() if used <= with_player and not used <= without
            )
    found = by_channel(credit(table(rows), "shapley"))
    for player in players:
        assert found.get(player, (0.0,))[0] == pytest.approx(float(gains[player] / len(orders)), abs=1e-9)


@law
@given(rows=journeys)
def test_a_channels_stages_sum_to_its_shapley_value(rows):
    assert alike(credit(table(rows), "shapley", by_stage=True), credit(table(rows), "shapley"))


def walked_effects(rows: list[Journey], order: int) -> dict[str, float]:
    """Walk the chain in dense arithmetic, state by state, until next to nothing is left in it."""
    steps: dict[tuple, Counter] = defaultdict(Counter)
    for channels, _, conversions, _, nulls in rows:
        states = [tuple(channels[max(0, end - order) : end]) for end in range(1, len(channels) + 1)]
        if not states:
            continue
        for here, there in zip([(), *states], states, strict=False):
            steps[here][there] += conversions + nulls
        steps[states[-1]]["bought"] += conversions
        steps[states[-1]]["left"] += nulls

    def bought(without: str | None) -> float:
        mass, total = {(): 1.0}, 0.0
        while sum(mass.values()) > 1e-15:
            after: dict[tuple, float] = defaultdict(float)
            for state, share in mass.items():
                counts = steps[state]
                for there, count in counts.items():
                    if there == "bought":
                        total += share * count / counts.total()
                    elif there != "left" and there[-1] != without and count:
                        after[there] += share * count / counts.total()
            mass = after
        return total

    whole = bought(None)
    return {channel: 1 - bought(channel) / whole for channel in CHANNELS}


@pytest.mark.parametrize("order", [1, 2, 3])
@law
@given(rows=journeys)
def test_markov_is_the_share_lost_without_a_channel(order, rows):
    touched = [row for row in rows if row[0] and row[2] + row[4]]
    total = sum(row[2] for row in touched)
    assume(total)
    effects = walked_effects(touched, order)
    found = by_channel(credit(table(touched), "markov", order=order))
    for channel, effect in effects.items():
        expected = effect / sum(effects.values()) * total
        assert found.get(channel, (0.0,))[0] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_one_inverse_gives_what_solving_without_each_channel_gives(seed):
    random = np.random.default_rng(seed)
    lengths, channels = random.integers(1, 8, 2_000), 60
    steps = np.sort(random.zipf(1.4, lengths.sum()) % channels)[random.permutation(lengths.sum())]
    walks = np.split(steps, np.cumsum(lengths)[:-1])
    rows = [([f"{step:02d}" for step in walk], [0] * len(walk), 1, 100, 2) for walk in walks]
    paths = read_paths(table(rows, money=pa.float64())).travelled().merged()
    found, found_value = removal_effects(paths, 1)
    chain = _chain(paths.keep_touches(paths.is_stage_start), 1)
    for channel in range(len(paths.channels)):
        others = np.flatnonzero(chain.channel != channel)
        through = np.eye(len(others)) - chain.moves.toarray()[np.ix_(others, others)].T
        visits = np.linalg.solve(through, chain.start[others])
        lost = 1.0 - 3.0 * (visits @ chain.conversions[others])
        assert found[channel] == pytest.approx(lost, abs=2e-15)
        assert found_value[channel] == pytest.approx(lost, abs=2e-15)


@law
@given(rows=journeys)
def test_a_longer_memory_never_fits_worse(rows):
    evidence = order_evidence(table(rows), max_order=4)
    assert np.all(np.diff(evidence["log_likelihood"]) > -1e-9)
    assert np.all(np.diff(evidence["states"]) >= 0)


@law
@given(rows=journeys)
def test_the_order_chosen_is_the_one_of_the_lowest_bic(rows):
    evidence = order_evidence(table(rows), max_order=4)
    best = evidence["order"][int(np.argmin(evidence["bic"]))].as_py()
    assert credit(table(rows), "markov", order="auto").equals(credit(table(rows), "markov", order=best))


def paths_with_ids(rows: list[Journey]) -> pa.Table:
    """The rows as single paths, each conversion and touch with an id."""
    single = [(c, a, 1, cents, 0) if n else (c, a, 0, 0, 1) for c, a, n, cents, _ in rows]
    ids = [f"order {number:02d}" if row[2] else None for number, row in enumerate(single)]
    touch_ids = [[f"{number}-{place}" for place in range(len(row[0]))] for number, row in enumerate(single)]
    return (
        table(single)
        .append_column("conversion_id", pa.array(ids, pa.string()))
        .append_column("touch_ids", pa.array(touch_ids, pa.list_(pa.string())))
    )


@every_model
@law
@given(rows=journeys)
def test_touches_share_each_conversion_to_the_cent(model, options, rows):
    paths = paths_with_ids(rows)
    credited = touch_credit(paths, model, **options)
    shares: dict[str, float] = defaultdict(float)
    value: dict[str, Decimal] = defaultdict(Decimal)
    for row in credited.to_pylist():
        assert row["conversions"] >= 0 and row["value"] >= 0
        shares[row["conversion_id"]] += row["conversions"]
        value[row["conversion_id"]] += row["value"]
    bought = [row for row in paths.to_pylist() if row["conversion_id"]]
    assert value == {row["conversion_id"]: row["value"] for row in bought}
    assert shares == pytest.approx({row["conversion_id"]: 1.0 for row in bought})
    assert credited.num_rows == sum(max(len(row["touches"]), 1) for row in bought)


@every_model
@law
@given(rows=journeys, random=st.randoms())
def test_the_order_of_paths_does_not_change_touch_credit(model, options, rows, random):
    paths = paths_with_ids(rows)
    shuffled = paths.take(random.sample(range(len(rows)), len(rows)))
    assert touch_credit(paths, model, **options).equals(touch_credit(shuffled, model, **options))


@pytest.mark.parametrize(("model", "options"), [*RULES, ("shapley", {})])
@law
@given(rows=journeys)
def test_touch_credit_adds_up_to_the_credit_of_channels(model, options, rows):
    paths = paths_with_ids(rows)
    touched, credited = touch_credit(paths, model, **options), credit(paths, model, **options)
    one, other = by_channel(touched), by_channel(credited)
    for channel in [*CHANNELS, UNTOUCHED]:
        nothing = (0.0, Decimal(0))
        assert one.get(channel, nothing)[0] == pytest.approx(other.get(channel, nothing)[0], abs=1e-9)
        cents_rounded = Decimal(len(rows)) / 100
        assert abs(one.get(channel, nothing)[1] - other.get(channel, nothing)[1]) <= cents_rounded
