"""`shopkeeper privacy`: what is held of a person is erased or handed out."""

from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated

import typer

from shopkeeper.cli import printing
from shopkeeper.cli.person import user_name
from shopkeeper.errors import Fenced
from shopkeeper.paths import Home, PrivacyPaths
from shopkeeper.settings import settings

app = typer.Typer(no_args_is_help=True, help="What is held of a person: erase it, or hand it out.")

Token = Annotated[str | None, typer.Option(help="A token of the person, such as t1_0f5c…")]
System = Annotated[str | None, typer.Option(help="A system that knows the person, such as crm.")]
Number = Annotated[str | None, typer.Option(help="The number under which that system knows the person.")]
Reason = Annotated[str, typer.Option(help="Why; it is kept. Write no name into it.")]

SHOWN = 5


def finish_killed(home: Home) -> None:
    """Finish an erasure that was killed, before anything else is done with the home.

    One that is under way disturbs no reader; who would write waits for it.
    """
    if PrivacyPaths(home.privacy).work.exists():
        from shopkeeper.privacy import finish

        with suppress(Fenced):
            finish(home, seconds=0)


@app.command()
def erase(reason: Reason, token: Token = None, system: System = None, number: Number = None) -> None:
    """Erase a person from everything: raw, quarantine, vault, every version, logs; amounts stay."""
    from shopkeeper.privacy import Named, erase

    done = erase(Home(settings().home), Named(token, system, number), user_name(), reason)
    printing.table("", ("place", "replaced"), done.places.items())
    print(f"erasure {done.number} is done; amounts stay under an anonymous id (docs/privacy.md)")


@app.command()
def export(reason: Reason, token: Token = None, system: System = None, number: Number = None) -> None:
    """Write all that is held of a person, with opened identifiers, into a folder of its own."""
    from shopkeeper.privacy import Named, export

    name = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S")
    folder = export(Home(settings().home), Named(token, system, number), user_name(), reason, name)
    print(f"{folder} holds it in plain; hand it out, then remove it")


@app.command()
def status() -> None:
    """Show the last erasures and the requests that wait; checks that no receipt was altered."""
    from shopkeeper.privacy import read_erasures, waiting

    home = Home(settings().home)
    done, requests = read_erasures(home), waiting(home)
    printing.facts({"erasures": f"{len(done):,}", "requests that wait": f"{len(requests):,}"})
    if done:
        print()
        rows = ((e.number, e.at, e.who, f"{sum(e.places.values()):,}", e.why) for e in done[-SHOWN:])
        printing.table("", ("last erasures", "when", "who", "replaced", "why"), rows)


@app.command()
def honour() -> None:
    """Do every request in `privacy/requests`, as the DAG `honour_privacy_requests` does each night."""
    from shopkeeper.privacy import honour

    outcomes = honour(Home(settings().home), user_name())
    rows = ((each.request_id, each.kind, each.result, each.detail) for each in outcomes)
    printing.table("", ("request", "kind", "result", "detail"), rows)
