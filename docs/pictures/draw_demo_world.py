"""Draw a person's year and the dial for `docs/demo_world.md`.

Run it from the project: `PYTHONPATH=plugins .venv/bin/python docs/pictures/draw_demo_world.py`.
"""

from pathlib import Path

import altair as alt
import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score, roc_auc_score

from shopkeeper.demo.omnichannel.oracles.identity import pair_score, same_person, true_pair_count
from shopkeeper.demo.omnichannel.oracles.learnt import alive_oracle, group_oracle, groups_of, is_known
from shopkeeper.demo.omnichannel.oracles.observations import history
from shopkeeper.demo.omnichannel.oracles.practice import Practice, practise
from shopkeeper.demo.omnichannel.parameters import read
from shopkeeper.demo.omnichannel.truth.alive import alive_on

HERE = Path(__file__).parent
PERSONS, DAYS = 1_600, 240
KINDS = ["ad seen", "message", "screen visit", "store visit", "order", "receipt"]


def main() -> None:
    """Write `demo_world_year.svg` and `demo_world_dial.svg` beside this file."""
    draw_year().save(HERE / "demo_world_year.svg")
    draw_dial().save(HERE / "demo_world_dial.svg")


def draw_year() -> alt.Chart:
    """Return one busy person's year: ads and messages, visits, purchases, and the days after a lapse."""
    world = practise(read(), 1, 400, 365)
    tables = {name: rows.to_pandas() for name, rows in world.tables.items()}
    lapses = tables["lives"].query("kind == 'lapsed' and date >= @pd.Timestamp('2025-03-01').date()")[
        "person_id"
    ]
    bought = (
        tables["receipts"]
        .groupby("person_id")
        .size()
        .add(tables["orders"].groupby("person_id").size(), fill_value=0)
    )
    person = int(bought[bought.index.isin(lapses)].idxmax())
    of = {name: rows[rows["person_id"] == person] for name, rows in tables.items() if "person_id" in rows}
    visits = of["visits"]
    points = [
        ("ad seen", of["impressions"]["first_at"], 0.0), ("message", of["sends"]["sent_at"], 0.0),
        ("screen visit", visits[visits["channel"] != "store"]["started_at"], 0.0),
        ("store visit", visits[visits["channel"] == "store"]["started_at"], 0.0),
        ("order", of["orders"]["ordered_at"], of["orders"]["net_amount"]),
        ("receipt", of["receipts"]["paid_at"], of["receipts"]["net_amount"]),
    ]  # fmt: skip
    rows = pd.concat(
        [pd.DataFrame({"at": at, "kind": kind, "amount": amount}) for kind, at, amount in points]
    )
    alive = np.array(
        [alive_on(world.tables["lives"], world.identity.person_count, day)[person] for day in range(365)]
    )
    edges = np.flatnonzero(np.diff(np.r_[0, alive.astype(int), 0]))
    first = pd.Timestamp("2025-01-01")
    spans = pd.DataFrame(
        {"from": first + pd.to_timedelta(edges[::2], "D"), "to": first + pd.to_timedelta(edges[1::2], "D")}
    )
    area = alt.Chart(spans).mark_rect(color="#dcebdc").encode(x="from:T", x2="to:T")
    dots = (
        alt.Chart(rows)
        .mark_circle(opacity=0.75)
        .encode(
            x=alt.X("at:T", title="2025", scale=alt.Scale(domain=["2025-01-01", "2025-12-31"])),
            y=alt.Y("kind:N", sort=KINDS, title=None),
            size=alt.Size("amount:Q", legend=None, scale=alt.Scale(range=[30, 400])),
            color=alt.Color("kind:N", legend=None, sort=KINDS),
        )
    )
    title = "A person's year: green while an active customer; purchases sized by amount"
    return (area + dots).properties(width=720, height=210, title=title)


def draw_dial() -> alt.Chart:
    """Return what naive rules and oracles reach at each end of the dial."""
    rows = []
    for dial in ("easy", "real", "hard"):
        practice, scored = (practise(read(None, dial), seed, PERSONS, DAYS) for seed in (501, 502))
        rows += [
            {"dial": dial, "score": name, "who": who, "value": value}
            for name, who, value in scores(practice, scored)
        ]
    return (
        alt.Chart(pd.DataFrame(rows))
        .mark_line(point=True)
        .encode(
            x=alt.X("dial:N", sort=["easy", "real", "hard"], title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("value:Q", scale=alt.Scale(domain=[0, 1]), title="score"),
            color=alt.Color("who:N", title=None),
            column=alt.Column("score:N", title="The dial: what naive rules and oracles reach", sort=None),
        )
        .properties(width=200, height=200)
    )


def scores(practice: Practice, scored: Practice) -> list[tuple[str, str, float]]:
    """Return the scores of one end of the dial."""
    seen, day = is_known(scored, DAYS), DAYS
    alive = alive_on(scored.tables["lives"], scored.identity.person_count, day - 1)[seen]
    recent = (history(scored, day)[seen][:, 2] <= 90).astype(float)
    groups = groups_of(scored)[seen]
    guess = group_oracle([practice], day).estimate(scored)[seen]
    pairs, count = same_person([practice], scored), true_pair_count(scored)
    return [
        ("alive (AUC)", "naive", roc_auc_score(alive, recent)),
        ("alive (AUC)", "oracle", roc_auc_score(alive, alive_oracle([practice], day).estimate(scored)[seen])),
        ("groups (adjusted Rand)", "naive", 0.0),
        ("groups (adjusted Rand)", "oracle", adjusted_rand_score(groups, guess)),
        ("identity (F1 of pairs)", "naive", pair_score(pairs, "phone", count)),
        ("identity (F1 of pairs)", "oracle", pair_score(pairs, "probability >= 0.5", count)),
    ]


if __name__ == "__main__":
    main()
