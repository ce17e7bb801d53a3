"""`shopkeeper demo`: a grocer's real year, and a made-up omnichannel retailer whose truth is known."""

from datetime import datetime
from typing import Annotated

import typer

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.settings import settings

app = typer.Typer(no_args_is_help=True, help="Real retail data to try it with.")


@app.command("complete-journey")
def complete_journey(
    weeks: Annotated[str, typer.Option(help="Weeks of the year 2017, from 1 to 53.")] = "1-53",
) -> None:
    """Drop a US grocer's year into the inbox, as its tills and its marketing would."""
    from shopkeeper.demo import complete_journey as journey
    from shopkeeper.retailers import claim, retailer

    if retailer().name != journey.RETAILER:
        raise UserError(f"the demo is {journey.RETAILER}'s; unset SHOPKEEPER_RETAILER")

    first, dash, last = weeks.partition("-")
    if not (first.isdecimal() and (last.isdecimal() or not dash)):
        raise UserError(f"weeks {weeks} is no range; give two numbers such as 1-10")
    claim(Home(settings().home))
    dropped = journey.drop(Home(settings().home), (int(first), int(last or first)))
    if dropped.files:
        inbox = Home(settings().home).inbox
        print(f"{len(dropped.files)} files with {dropped.row_count:,} rows dropped into {inbox}")
    else:
        print("the demo's files were dropped before; nothing new is in the inbox")


@app.command("omnichannel")
def omnichannel(
    customers: Annotated[int, typer.Option(help="Persons of the world.")] = 20_000,
    seed: Annotated[int, typer.Option(help="Another seed is another world.")] = 1,
    days: Annotated[int | None, typer.Option(help="Days from 2025-01-01; 365 by default.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Or the last day.")] = None,
    world: Annotated[str | None, typer.Option(help="A YAML file of parameters, or a shipped world.")] = None,
) -> None:
    """Drop a made-up omnichannel retailer's files into the inbox; what is true lies apart."""
    from shopkeeper.demo.omnichannel.command import demonstrate

    demonstrate(Home(settings().home), customers, seed, days, until.date() if until else None, world)


@app.command("omnichannel-effects")
def omnichannel_effects() -> None:
    """Rerun the omnichannel world without each channel and campaign, and lay the effects beside its truth."""
    from shopkeeper.demo.omnichannel.command import show_effects

    show_effects(Home(settings().home))


@app.command("omnichannel-scores")
def omnichannel_scores(
    customers: Annotated[int, typer.Option(help="Persons of each world.")] = 1_000,
    ours: Annotated[str | None, typer.Option(help="Who is scored, as package.module:function.")] = None,
) -> None:
    """Score naive rules, peers, ours and oracles on ten omnichannel worlds; goes on where it was stopped."""
    from shopkeeper.demo.omnichannel.oracles.competition import show_scores

    show_scores(Home(settings().home), customers, ours)
