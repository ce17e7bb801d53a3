"""The roles of the server's users: created in Airflow's database by FAB, one for each role of the console.

`docker-compose.yml` creates them whenever the server starts. What a role may do in the console is the
console's matter; here is only what it may do in Airflow.
"""

NAMES = {
    "ShopkeeperViewer": "viewer",
    "ShopkeeperAnalyst": "analyst",
    "ShopkeeperSteward": "steward",
    "ShopkeeperOperator": "operator",
    "ShopkeeperAdmin": "admin",
    "Admin": "admin",
}
"""The console's role for each role of FAB; Airflow's own administrators could give themselves any."""

READ, CREATE, EDIT, MENU = "can_read", "can_create", "can_edit", "menu_access"
READING = (
    *((READ, name) for name in ("DAGs", "DAG Runs", "DAG Versions", "Task Instances", "Task Logs", "Assets")),
    *((READ, name) for name in ("Website", "Plugins", "My Profile", "My Password")),
    *((EDIT, name) for name in ("My Profile", "My Password")),
    *((MENU, name) for name in ("DAGs", "DAG Runs", "Task Instances", "Assets", "Browse", "Docs")),
)
"""DAGs, their runs and logs, which hold no value of a person, and the console in the menu (`Plugins`);
not XComs, connections, variables or configuration."""

OPERATING = (
    *((CREATE, name) for name in ("DAG Runs", "Task Instances")),
    *((EDIT, name) for name in ("DAGs", "DAG Runs", "Task Instances")),
)
"""To start a refresh, to stop or repeat it, and to pause its schedule."""


def roles_of(names: list[str]) -> tuple[str, ...]:
    """Return the console's roles of a user who has these roles of FAB."""
    return tuple(dict.fromkeys(NAMES[name] for name in names if name in NAMES))


def create_roles() -> None:
    """Create the roles that are missing and the permissions that they lack; others are left as they are."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder

    with get_application_builder() as builder:
        security = builder.sm
        admin = next(each["perms"] for each in security.ROLE_CONFIGS if each["role"] == "Admin")
        permissions = dict.fromkeys(NAMES, READING) | {
            "ShopkeeperOperator": READING + OPERATING,
            "ShopkeeperAdmin": admin,
        }
        del permissions["Admin"]
        security.bulk_sync_roles([{"role": name, "perms": each} for name, each in permissions.items()])
