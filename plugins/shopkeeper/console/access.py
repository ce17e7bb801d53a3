"""Who may do what in the console: roles of its own, checked on every route.

Airflow says who has signed in. The role is in a file of the home; on a server FAB says it. A user without a
role sees nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast, get_args
from urllib.parse import urlsplit

import yaml
from fastapi import Depends, HTTPException, Request

from shopkeeper.console.tokens import token_key
from shopkeeper.errors import UserError
from shopkeeper.files import write_text
from shopkeeper.local_airflow.users import ADMIN, read_users, require_name
from shopkeeper.paths import Home
from shopkeeper.sentences import Sentence, listed

Role = Literal["viewer", "analyst", "steward", "operator", "admin"]
Right = Literal["look", "tokens", "mend", "reveal", "operate"]

RIGHTS: dict[Role, frozenset[Right]] = {
    "viewer": frozenset({"look"}),
    "analyst": frozenset({"look", "tokens"}),
    "steward": frozenset({"look", "tokens", "mend", "reveal"}),
    "operator": frozenset({"look", "operate"}),
    "admin": frozenset({"look", "tokens", "mend", "reveal", "operate"}),
}
"""`look`: every page, persons masked; `tokens`: persons as tokens; `mend`: correct, replay and settle what is
in quarantine, and take that back; `reveal`: see what was masked, with a reason; `operate`: roll back, hold
and release."""

NO_ROLE = (
    "{name} has no role in Shopkeeper yet; whoever runs Shopkeeper on this machine gives one with "
    "`shopkeeper roles give`"
)
NO_ROLE_OF_FAB = (
    "{name} has no role in Shopkeeper yet; an administrator gives one with "
    "`airflow users add-role --username … --role ShopkeeperViewer`"
)
LOCAL: dict[str, Role] = {ADMIN: "admin"}
"""Without a file of roles: the one user whom the local Airflow always has."""


@dataclass(frozen=True)
class User:
    """Who has signed in; `roles` as a server's FAB says, else None: the file of roles says it."""

    name: str
    roles: tuple[Role, ...] | None = None


@dataclass(frozen=True)
class Caller:
    """The user who asks, and what the roles allow."""

    name: str
    roles: tuple[Role, ...]

    @property
    def role(self) -> str:
        """The roles as text."""
        return ", ".join(self.roles)

    def may(self, right: Right) -> bool:
        """Whether a role includes a right."""
        return any(right in RIGHTS[role] for role in self.roles)


def read_roles(home: Home) -> dict[str, Role]:
    """Return the role of each user; `UserError` if the file is damaged, so that nobody gains by it."""
    roles = read_users(home)
    if roles is None:
        return dict(LOCAL)
    unknown = sorted(str(role) for role in roles.values() if role not in get_args(Role))
    if unknown:
        facts = {"file": str(home.roles), "role": unknown[0], "roles": ", ".join(get_args(Role))}
        raise UserError(Sentence("{file} has the role {role}; there are {roles}", **facts))
    return cast(dict[str, Role], roles)


def give_role(home: Home, user: str, role: str | None) -> None:
    """Give a user a role, or take it away (None)."""
    if role is not None and role not in get_args(Role):
        raise UserError(f"there is no role {role}; there are {', '.join(get_args(Role))}")
    if role is not None:
        require_name(user)
    roles: dict[str, Any] = {**read_roles(home), user: role}
    users = {name: roles[name] for name in sorted(roles) if roles[name]}
    token_key(home)
    write_text(home.roles, yaml.safe_dump({"users": users}, allow_unicode=True))


def signed_in() -> User:
    """Return who has signed in; replaced by who runs the console (`dependency_overrides`)."""
    raise HTTPException(401, Sentence("Not signed in"))


def caller(request: Request, user: Annotated[User, Depends(signed_in)]) -> Caller:
    """Return who asks; 403 for a user without a role."""
    roles, why = user.roles, NO_ROLE_OF_FAB
    if roles is None:
        why = NO_ROLE
        try:
            role = read_roles(request.app.state.home).get(user.name)
        except UserError as error:
            raise HTTPException(403, error.args[0]) from error
        roles = (role,) if role else ()
    if not roles:
        raise HTTPException(403, Sentence(why, name=user.name))
    found = Caller(user.name, roles)
    request.state.caller = found
    return found


def require(right: Right) -> Callable[..., Caller]:
    """Return a dependency that lets callers with a right pass; for changes, those of our own pages only."""

    def allowed(request: Request, asking: Annotated[Caller, Depends(caller)]) -> Caller:
        if not asking.may(right):
            role = listed(Sentence(each) for each in asking.roles)
            raise HTTPException(403, Sentence("the role {role} may not do this", role=role))
        if request.method not in ("GET", "HEAD"):
            require_own_page(request)
        return asking

    allowed.right = right  # type: ignore[attr-defined]
    return allowed


def require_own_page(request: Request) -> None:
    """Refuse a change that no page of the console and no program with a token asked for.

    Browsers say where a request comes from; a program says nothing and must present a token itself. With a
    browser's cookie alone a request proves nothing.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        is_own = site == "same-origin"
    elif origin is not None:
        is_own = urlsplit(origin).netloc == request.headers.get("host")
    else:
        is_own = request.headers.get("authorization", "").lower().startswith("bearer ")
    if not is_own:
        raise HTTPException(403, Sentence("another site's page has asked for this; open the console itself"))


Looking = Annotated[Caller, Depends(require("look"))]
Mending = Annotated[Caller, Depends(require("mend"))]
Revealing = Annotated[Caller, Depends(require("reveal"))]
Operating = Annotated[Caller, Depends(require("operate"))]
