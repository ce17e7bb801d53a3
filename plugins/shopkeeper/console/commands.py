"""The command that does what a form does, shown where the web server may not write.

One command for each address that changes something; a new one needs its line here.
"""

import shlex

ON_SERVER = "docker compose exec scheduler shopkeeper"
COMMANDS = {
    ("versions", "rollback"): "rollback {subject}",
    ("versions", "return"): "rollback {subject} --undo",
    ("batches", "hold"): "batches hold {subject}",
    ("batches", "release"): "batches release {subject}",
    ("quarantine", "replay"): "quarantine replay {subject}",
    ("quarantine", "lines"): "quarantine correct {subject} {line} --set COLUMN=VALUE",
    ("quarantine", "settle"): "quarantine settle {subject}",
    ("quarantine", "reopen"): "quarantine reopen {subject}",
    ("quarantine", "reveal"): "quarantine show {subject} --personal",
    ("replays", "take-back"): "quarantine take-back {subject}",
    ("replays", "put-back"): "quarantine put-back {subject}",
}
"""By the first and third part of the address, `/batches/<id>/hold`."""


def command_for(name: str, address: str) -> str:
    """Return what a user with this name runs instead of the form at an address."""
    place, subject, verb, *line = address.strip("/").split("/")
    told = COMMANDS[place, verb].format(subject=shlex.quote(subject[:12]), line="".join(line))
    return f'{ON_SERVER} {told} --reason "…" --by {shlex.quote(name)}'
