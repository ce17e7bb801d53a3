"""The steps that hold a border's tables against their contracts."""

from shopkeeper import quality
from shopkeeper.paths import Home
from shopkeeper.pipeline.guard import Facts, step


@step
def gate_sources(home: Home, build_id: str) -> Facts:
    """Hold the new batches against what their producers promised."""
    return _gate(home, build_id, "sources")


@step
def gate_features(home: Home, build_id: str) -> Facts:
    """Hold the features against what the methods were made for."""
    return _gate(home, build_id, "features")


@step
def gate_scores(home: Home, build_id: str) -> Facts:
    """Hold the scores against what a score may look like."""
    return _gate(home, build_id, "scores")


@step
def gate_marts(home: Home, build_id: str) -> Facts:
    """Hold the marts against what their readers were promised."""
    return _gate(home, build_id, "marts")


def _gate(home: Home, build_id: str, name: str) -> Facts:
    result = quality.gate(name, home.build(build_id))
    warnings = [rule.rule for rule in result.rules if not rule.has_passed]
    return {"rules": len(result.rules), "warnings": warnings}
