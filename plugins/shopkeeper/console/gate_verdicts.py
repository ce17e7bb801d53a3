"""What a gate judged of one build, rule by rule: expected, observed, why, failing rows and their files.

Read from the build, whether it was published or not; a rule's meaning is that of today's contract.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shopkeeper import quality, words
from shopkeeper.console.histories import JudgedBuild, Past, judged_builds, past_verdicts
from shopkeeper.console.origins import columns_of, file_names, origins_of
from shopkeeper.console.remedies import REFRESH, JudgedFile, NextStep, about
from shopkeeper.contracts import Contract, Rule, catalog, suites
from shopkeeper.paths import BuildPaths, Home
from shopkeeper.sentences import Sentence

MOST_FILES = 20
NAMING = ("batch_id", "file_name")
"""Columns of failing rows that name a batch."""

EXPECTED = {
    "expect_column_values_to_not_be_null": "{column} is never empty",
    "expect_column_values_to_be_unique": "{column} is different in each row",
    "expect_column_values_to_be_in_set": "{column} is one of {values}",
    "expect_column_values_to_be_between": "{column} is {bounds}",
    "expect_column_unique_value_count_to_be_between": "{column} has different values: {bounds}",
    "expect_column_proportion_of_unique_values_to_be_between": "share of different values: {bounds}",
    "expect_column_mean_to_be_between": "the mean of {column} is {bounds}",
    "expect_column_median_to_be_between": "the median of {column} is {bounds}",
    "expect_column_pair_values_a_to_be_greater_than_b": "{first} is greater than {second}",
    "expect_table_row_count_to_be_between": "the number of rows is {bounds}",
    "expect_table_columns_to_match_set": "the columns are those of the contract",
    "expect_column_to_exist": "there is a column {column}",
    "unexpected_rows_expectation": "no row that the SQL finds",
}
OF_FEEDS = {
    "row_count_of_a_batch_is_usual": "at most {tolerance} times more or fewer rows than usual",
    "repeated_key_rate_of_a_batch_is_low": "at most half of the keys were there before",
    "feed_age_days_is_within_its_limit": "at most {days} days old on the as-of date",
    "the_gate_can_run": "the gate can ask every rule",
}
WIDEN = "The data is right and the rule too narrow: change {file}, then check it"
STOPPED = "The feed has stopped: ask its producer; what has landed is fine"
UNKNOWN = Sentence("not known for groups")
CORRECT = "The sources have passed, so that a definition or the code is wrong: correct it"


@dataclass(frozen=True)
class Judged:
    """One rule's verdict with all that helps to act on it.

    `files`: the file name of each batch; `judged_files`: those that a source's rule looked at; `history`: its
    verdicts in other versions and in builds that were not published.
    """

    result: quality.RuleResult
    contract: Contract | None
    rule: Rule | None
    history: tuple[Past, ...]
    files: Mapping[str, str] = field(default_factory=dict)
    judged_files: tuple[JudgedFile, ...] = ()

    @property
    def sql(self) -> str | None:
        """The SQL for the rows that break it, or for the figure that it looks at."""
        return quality.rule_sql(self.contract, self.rule) if self.contract and self.rule else None

    @property
    def raw_sql(self) -> str | None:
        """The same for the files of a source, which no version holds."""
        if not (self.contract and self.rule and self.judged_files):
            return None
        named = [file.batch_id for file in self.concerned[:MOST_FILES]]
        return quality.raw_sql(self.contract, self.rule, named)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the failing rows."""
        return columns_of(self.result.failing_rows)

    @property
    def concerned(self) -> tuple[JudgedFile, ...]:
        """The batches that broke it: those of its failing rows, else all that it looked at."""
        rows = self.result.failing_rows
        named = {*self.result.batch_ids, *(str(row.get(name)) for row in rows for name in NAMING)}
        return (
            tuple(each for each in self.judged_files if {each.batch_id, each.name} & named)
            or self.judged_files
        )

    @property
    def origins(self) -> tuple[str, ...]:
        """The file and the lines of each failing row of a source, or that they are not known."""
        rows, kept = self.result.failing_rows, self.result.origins
        if kept or not self.judged_files or any(set(NAMING) & row.keys() for row in rows):
            return tuple(each or UNKNOWN for each in kept) or origins_of(rows, self.files)
        only = self.judged_files[0].name if len(self.judged_files) == 1 else UNKNOWN
        return (only,) * len(rows)

    @property
    def next_steps(self) -> list[NextStep]:
        """What to do about a rule that does not hold: words with their values, and the command."""
        if self.result.rule == "feed_age_days_is_within_its_limit":
            return [(STOPPED, {}, None)]
        file = f"{self.result.contract.replace('.', '/')}.odcs.yaml"
        widen: NextStep = (WIDEN, {"file": file}, "shopkeeper contracts check")
        if self.contract is None or self.contract.layer != "sources":
            return [(CORRECT, {}, None), widen, REFRESH]
        return [*about(self.concerned), widen, REFRESH]

    def expected(self, language: words.Language) -> str:
        """Return what the rule asks, in words."""
        return expected(language, self.contract, self.result.rule, self.rule)


def read_gate(home: Home, build: BuildPaths, gate: str) -> tuple[quality.GateResult, list[Judged]] | None:
    """Return a gate's verdict on a build, failed rules first; None if it has left none."""
    found = next((each for each in quality.read_results(build) if each.gate == gate), None)
    if found is None:
        return None
    contracts = {contract.name: contract for contract in catalog().all}
    others = judged_builds(home, but=(build.root.name,))
    files = file_names(home, (row for result in found.rules for row in result.failing_rows))
    judged_files = _judged_files(build) if gate == "sources" else {}
    judged = [
        replace(
            _judged(result, contracts.get(result.contract), others),
            files=files,
            judged_files=tuple(judged_files.get(result.contract, ())),
        )
        for result in found.rules
    ]
    order = {"critical": 0, "warning": 1, "info": 2}
    return found, sorted(judged, key=lambda each: (each.result.has_passed, order[each.result.severity]))


def expected(language: words.Language, contract: Contract | None, name: str, rule: Rule | None) -> str:
    """Return what a rule asks, in words; by GX's own name where the house has none for it."""
    if rule is None:
        file = contract.file if contract else None
        facts = {
            "tolerance": f"{file.volume_tolerance:g}" if file else "",
            "days": file.maximum_age_days if file and file.maximum_age_days is not None else "∞",
        }
        return words.say(language, OF_FEEDS[name], **facts) if name in OF_FEEDS else ""
    kwargs = rule.kwargs
    if rule.expectation not in EXPECTED:
        told = json.dumps({k: v for k, v in kwargs.items() if k != "column"}, ensure_ascii=False)
        plain = rule.expectation.removeprefix("expect_").replace("_", " ")
        return f"{plain} {kwargs.get('column', '')} {told}".strip()
    text = words.say(
        language,
        EXPECTED[rule.expectation],
        column=kwargs.get("column", ""),
        first=kwargs.get("column_A", ""),
        second=kwargs.get("column_B", ""),
        values=", ".join(map(str, kwargs.get("value_set", ()))),
        bounds=_bounds(language, kwargs),
    )
    if kwargs.get("or_equal"):
        text += " " + words.say(language, "or equal to it")
    if kwargs.get("mostly") is not None:
        text += " " + words.say(language, "in {rate} of the rows", rate=f"{kwargs['mostly']:.0%}")
    return text


def _bounds(language: words.Language, kwargs: Mapping[str, Any]) -> str:
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    if low is not None and high is not None:
        return words.say(language, "between {low} and {high}", low=low, high=high)
    if low is not None:
        return words.say(language, "at least {low}", low=low)
    return words.say(language, "at most {high}", high=high)


def _judged(result: quality.RuleResult, contract: Contract | None, others: Collection[JudgedBuild]) -> Judged:
    rules = suites.rules(contract) if contract else ()
    return Judged(
        result=result,
        contract=contract,
        rule=next((rule for rule in rules if rule.name == result.rule), None),
        history=past_verdicts(others, result.contract, result.rule),
    )


def _judged_files(build: BuildPaths) -> dict[str, list[JudgedFile]]:
    """Return the batches that a build adds, with their file names, by source."""
    found: dict[str, list[JudgedFile]] = defaultdict(list)
    for batch in quality.batch_list(build) if build.batches.exists() else ():
        if batch["status"] == "new":
            file = JudgedFile(batch["batch_id"], batch["file_name"], batch["replay_of"] is not None)
            found[f"{batch['system']}.{batch['table_name']}"].append(file)
    return found
