"""Data Docs: what GX says of each table, page by page, one page over all gates, and the data dictionary.

Pages hold counts and observed values, never a row; they load nothing from elsewhere.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment

from shopkeeper.contracts import catalog, dictionary
from shopkeeper.contracts.model import Contract
from shopkeeper.paths import BuildPaths
from shopkeeper.quality.results import read_results

if TYPE_CHECKING:
    from great_expectations.render.view import DefaultJinjaPageView

_REMOTE = re.compile(r'<script[^>]+src="https?://[^>]*></script>|<link[^>]+href="https?://[^>]*/?>')

_INDEX = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Gates of {{ build_id }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; color: #1f2933; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
th, td { border-bottom: 1px solid #d9e2ec; padding: .4rem .6rem; text-align: left; vertical-align: top; }
.passed { color: #147d64; } .critical { color: #ba2525; font-weight: 600; } .warning { color: #b44d12; }
</style>
</head>
<body>
<h1>Gates of {{ build_id }}</h1>
{% for result in results %}
<h2>{{ result.gate }}: <span class="{{ 'passed' if result.has_passed else 'critical' }}">
{{- 'passed' if result.has_passed else 'failed' }}</span></h2>
<table>
<tr><th>Table</th><th>Rule</th><th>Verdict</th><th>Observed</th><th>What it protects</th></tr>
{% for rule in result.rules %}
<tr>
<td>{% if rule.contract in pages %}<a href="{{ rule.contract }}.html">{{ rule.contract }}</a>
{%- else %}{{ rule.contract }}{% endif %}</td>
<td>{{ rule.rule.replace('_', ' ') }}</td>
<td class="{{ 'passed' if rule.has_passed else rule.severity }}">
{{- 'passed' if rule.has_passed else rule.severity }}</td>
<td>{{ rule.observed }}</td>
<td>{{ rule.reason }}</td>
</tr>
{% endfor %}
</table>
{% endfor %}
</body>
</html>
"""


def write_data_docs(build: BuildPaths) -> None:
    """Write ``docs/gates/index.html`` over what the gates have left, and ``docs/dictionary.html``."""
    dictionary.write(catalog(), build.docs / "dictionary.html")
    folder = build.docs / "gates"
    folder.mkdir(parents=True, exist_ok=True)
    page = Environment(autoescape=True).from_string(_INDEX)
    pages = {path.stem for path in folder.glob("*.html")}
    text = page.render(build_id=build.root.name, results=read_results(build), pages=pages)
    (folder / "index.html").write_text(text, encoding="utf-8")


def write_page(build: BuildPaths, contract: Contract, validated: Any) -> None:
    """Render GX's own page of one validated table, without what it would load from other hosts."""
    from great_expectations.render.renderer import ValidationResultsPageRenderer

    document = ValidationResultsPageRenderer(run_info_at_end=True).render(validated)
    page = _REMOTE.sub("", _view().render(document))
    folder = build.docs / "gates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{contract.name}.html").write_text(page, encoding="utf-8")


@lru_cache
def _view() -> "DefaultJinjaPageView":
    """GX's page templates, compiled once a process."""
    from great_expectations.render.view import DefaultJinjaPageView

    return DefaultJinjaPageView()
