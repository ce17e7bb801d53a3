"""What the gates judged in every build that is kept: the versions, and the builds that were not published.

A red gate publishes nothing, so that versions alone would show green gates only.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache

from shopkeeper import quality, warehouse
from shopkeeper.contracts import GATES
from shopkeeper.paths import BuildPaths, Home


@dataclass(frozen=True)
class JudgedBuild:
    """One build and the results of its gates."""

    name: str
    is_published: bool
    results: tuple[quality.GateResult, ...]

    @cached_property
    def rules(self) -> dict[tuple[str, str], quality.RuleResult]:
        """Its verdicts by contract and rule."""
        return {(rule.contract, rule.rule): rule for result in self.results for rule in result.rules}

    @property
    def gates(self) -> dict[str, tuple[int, int, int]]:
        """By gate: how many rules held, warned, and stopped it."""
        return {
            result.gate: (
                sum(rule.has_passed for rule in result.rules),
                sum(not rule.has_passed and rule.severity != "critical" for rule in result.rules),
                sum(not rule.has_passed and rule.severity == "critical" for rule in result.rules),
            )
            for result in self.results
        }


@dataclass(frozen=True)
class Past:
    """A rule's verdict in another build."""

    name: str
    is_published: bool
    verdict: quality.RuleResult


def kept_builds(home: Home) -> list[tuple[BuildPaths, bool]]:
    """Return every version, and every build of which the verdicts are left, newest first; whether it is
    published.
    """
    published = set(warehouse.version_names(home))
    found = {name: home.version(name) for name in published}
    for folder in (home.failed, home.builds):
        names = (root.name for root in folder.glob("v*") if root.name not in published)
        found |= {name: BuildPaths(folder / name) for name in names}
    return [
        (found[name], name in published) for name in sorted(found, key=lambda n: (len(n), n), reverse=True)
    ]


def judged_builds(home: Home, but: Collection[str] = ()) -> list[JudgedBuild]:
    """Return the kept builds that passed through a gate or were stopped by one, newest first."""
    found = [_judged(build, is_published, _written(build)) for build, is_published in kept_builds(home)]
    return [each for each in found if each.results and each.name not in but]


def past_verdicts(builds: Collection[JudgedBuild], contract: str, rule: str) -> tuple[Past, ...]:
    """Return a rule's verdict in each build that asked it."""
    return tuple(
        Past(each.name, each.is_published, each.rules[contract, rule])
        for each in builds
        if (contract, rule) in each.rules
    )


@lru_cache(maxsize=64)
def _judged(build: BuildPaths, is_published: bool, _as_of: object) -> JudgedBuild:
    """Return what a build judged, read again when `_as_of` changes."""
    return JudgedBuild(build.root.name, is_published, tuple(quality.read_results(build)))


def _written(build: BuildPaths) -> tuple[int, ...]:
    """Return when each gate's result was written."""
    files = [build.gate(gate) for gate in GATES]
    return tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in files)
