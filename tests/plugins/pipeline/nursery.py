"""A warm process that forks refreshes, so that each costs what it does and not what its imports do.

Reads one JSON request a line (`home`; optional `full`, `until` a step after which it dies, `file_size_limit`,
`user`, or `step` with its `arguments` where only that step is performed) and writes one JSON line
for each event of a child: `pid`, and `event` with `start`, the name of a step that has ended, `refusal`,
`crash`, or `exit` with its `status`. A child leads its own process group. Nothing is computed before the
fork: threads do not survive it.
"""

import json
import os
import resource
import select
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shopkeeper.errors import UserError
from shopkeeper.paths import Home
from shopkeeper.pipeline import registry
from shopkeeper.startup import warm

if TYPE_CHECKING:
    from shopkeeper.pipeline.run import StepResult

WARM = ("shopkeeper.pipeline.run", *registry.modules(), "sklearn.cluster")


def tell(**event: Any) -> None:
    os.write(1, (json.dumps(event) + "\n").encode())


def refresh(request: dict[str, Any]) -> int:
    from shopkeeper.pipeline.run import run

    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if "file_size_limit" in request:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_size_limit"],) * 2)
    if "user" in request:
        os.setgid(request["user"])
        os.setuid(request["user"])
    pid = os.getpid()
    tell(pid=pid, event="start")
    home = Home(Path(request["home"]))

    def report(step: "StepResult") -> None:
        tell(pid=pid, event=step.name, seconds=step.seconds)
        if step.name == request.get("until"):
            os._exit(1)

    try:
        if "step" in request:
            registry.STEPS[request["step"]].perform(home, *request["arguments"])
        else:
            run(
                home,
                full=request.get("full", False),
                on_step=report,
            )
    except UserError as error:
        tell(pid=pid, event="refusal", message=str(error))
        return error.exit_status
    except BaseException:
        tell(pid=pid, event="crash", message=traceback.format_exc())
        return 1
    return 0


def main() -> None:
    from shopkeeper import dbt_runner

    warm(WARM)
    dbt_runner.parse_manifest(Home(Path(sys.argv[1])))
    tell(event="ready")
    living: set[int] = set()
    while True:
        readable, _, _ = select.select([sys.stdin], [], [], 0.01)
        if readable:
            line = os.read(0, 65536)
            if not line:
                return
            child = os.fork()
            if child == 0:
                os._exit(refresh(json.loads(line)))
            living.add(child)
            tell(pid=child, event="born")
        for child in sorted(living):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                living.discard(child)
                tell(pid=child, event="exit", status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
