"""Makes a new retailer's folder: everything required, and nothing that must be deleted again."""

import re
import shutil
from pathlib import Path

from shopkeeper.errors import UserError
from shopkeeper.paths import NEW_RETAILERS
from shopkeeper.retailers import read_retailer

_RETAILER = """\
# docs/retailers.md explains each entry.
name: {name}
title: {{en: {title}}}
business_time_zone: {time_zone}
currency_code: {currency}

# The systems that deliver files, and the canonical entities that each of them delivers, such as
#   shop: [transactions, transaction_lines]
systems: {{}}

# Types of identifiers, the one that names a customer first.
identifiers: [customer_id]
"""
_PROJECT = """\
name: {name}
config-version: 2
profile: shopkeeper

flags:
  send_anonymous_usage_stats: false

models:
  {name}:
    staging: {{+materialized: view, +database: staging, +schema: staging}}
    features: {{+materialized: table, +schema: features}}
    marts: {{+materialized: table, +schema: marts}}
"""
_PACKAGES = """\
packages:
  - local: "{{ env_var('SHOPKEEPER_DBT_PROJECT', '../../../dbt_project') }}"
"""
_SCHEMA_MACRO = """\
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ shopkeeper.generate_schema_name(custom_schema_name, node) }}
{%- endmacro %}
"""
_IGNORED = "dbt/dbt_packages/\ndbt/package-lock.yml\ndbt/target/\ndbt/logs/\n"


def make_retailer(name: str, folder: Path | None, time_zone: str, currency: str) -> Path:
    """Write a new retailer's folder and return it; `UserError` if it exists or an entry is wrong."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name == "shopkeeper":  # dbt requires unique names
        raise UserError(f"{name} is no name for a folder; write lower case letters, digits and _")
    place = (folder or NEW_RETAILERS).absolute() / name
    if place.exists():
        raise UserError(f"{place} exists; choose another name")
    words = {
        "name": name,
        "title": name.replace("_", " ").title(),
        "time_zone": time_zone,
        "currency": currency,
    }
    files = {
        "retailer.yml": _RETAILER.format(**words),
        "dbt/dbt_project.yml": _PROJECT.format(**words),
        "dbt/packages.yml": _PACKAGES,
        "dbt/macros/generate_schema_name.sql": _SCHEMA_MACRO,
        ".gitignore": _IGNORED,
    }
    for path, text in files.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, encoding="utf-8")
    for empty in ("contracts", "dbt/models/staging"):
        (place / empty).mkdir(parents=True)
    try:
        read_retailer(place)
    except UserError:
        shutil.rmtree(place)
        raise
    return place
