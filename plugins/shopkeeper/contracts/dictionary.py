"""Writes the data dictionary: every contracted table and column on one page for each language.

Each version contains its own copy, so that readers of old data find the descriptions of that day.
"""

from pathlib import Path
from typing import Literal

from jinja2 import Environment, FileSystemLoader

from shopkeeper.contracts import suites
from shopkeeper.contracts.casts import duckdb_type
from shopkeeper.contracts.registry import Catalog
from shopkeeper.paths import CONTRACT_TEMPLATES

_TEMPLATES = Environment(loader=FileSystemLoader(CONTRACT_TEMPLATES), autoescape=True, trim_blocks=True)


Language = Literal["en", "zh"]
WORDS = {
    "Data dictionary": "数据字典",
    "Column": "列",
    "Type": "类型",
    "Unit": "单位",
    "Meaning": "含义",
    "Class": "分级",
    "Values": "取值",
    "Rule": "规则",
    "Severity": "严重程度",
    "Why": "理由",
    "Bold: part of the key. A question mark: may be empty.": "粗体：主键的一部分。问号：可为空。",
}


def write(contracts: Catalog, page: Path, language: Language = "en") -> None:
    """Write the dictionary of all contracts in one language as one self-contained HTML page."""
    template = _TEMPLATES.get_template("dictionary.html")
    page.parent.mkdir(parents=True, exist_ok=True)
    text = template.render(
        contracts=contracts.all,
        type_of=duckdb_type,
        rules_of=suites.rules,
        is_chinese=language == "zh",
        say=lambda word: WORDS[word] if language == "zh" else word,
    )
    page.write_text(text, encoding="utf-8")
