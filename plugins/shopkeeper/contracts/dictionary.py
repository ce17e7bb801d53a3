"""The data dictionary: every contracted table and column on one page, in English and Chinese.

Written into each version, so that a reader of old data finds the words of that day.
"""

from pathlib import Path

from jinja2 import Environment

from shopkeeper.contracts import suites
from shopkeeper.contracts.casts import duckdb_type
from shopkeeper.contracts.registry import Catalog

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Data dictionary</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; color: #1f2933; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
th, td { border-bottom: 1px solid #d9e2ec; padding: .3rem .6rem; text-align: left; vertical-align: top; }
td:first-child { font-family: ui-monospace, monospace; }
.personal { color: #b44d12; } .key { font-weight: 600; }
</style>
</head>
<body>
<h1>Data dictionary</h1>
<nav><ul>
{% for contract in contracts %}
<li><a href="#{{ contract.name }}">{{ contract.name }}</a> {{ contract.description_zh }}</li>
{% endfor %}
</ul></nav>
{% for contract in contracts %}
<h2 id="{{ contract.name }}">{{ contract.name }}</h2>
<p>{{ contract.description }}<br>{{ contract.description_zh }}</p>
<table>
<tr><th>Column</th><th>Type</th><th>Unit</th><th>Meaning</th><th>含义</th><th>Class</th><th>Values</th></tr>
{% for column in contract.columns %}
<tr>
<td class="{{ 'key' if column.is_key }}">{{ column.name }}{{ '' if column.is_required else ' ?' }}</td>
<td>{{ type_of(column) }}</td>
<td>{{ column.unit or '' }}</td>
<td>{{ column.description }}</td>
<td>{{ column.description_zh }}</td>
<td class="{{ 'personal' if column.name in contract.masked_columns }}">{{ column.classification }}</td>
<td>{{ (column.allowed_values or column.examples) | join(', ') }}</td>
</tr>
{% endfor %}
</table>
{% if rules_of(contract) %}
<table>
<tr><th>Rule</th><th>Severity</th><th>Why</th></tr>
{% for rule in rules_of(contract) %}
<tr><td>{{ rule.name }}</td><td>{{ rule.severity }}</td><td>{{ rule.reason }}</td></tr>
{% endfor %}
</table>
{% endif %}
{% endfor %}
<p>Bold: part of the key. A question mark: may be empty.</p>
</body>
</html>
"""


def write(contracts: Catalog, page: Path) -> None:
    """Write the dictionary of all contracts as one HTML page that needs nothing else."""
    template = Environment(autoescape=True, trim_blocks=True).from_string(_PAGE)
    page.parent.mkdir(parents=True, exist_ok=True)
    text = template.render(contracts=contracts.all, type_of=duckdb_type, rules_of=suites.rules)
    page.write_text(text, encoding="utf-8")
