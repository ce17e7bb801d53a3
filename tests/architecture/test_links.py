"""Links between the documents lead to files."""

import re
from pathlib import Path

import pytest

from shopkeeper.settings import PROJECT_ROOT

LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
DOCUMENTS = sorted(
    path.relative_to(PROJECT_ROOT)
    for place in ("*.md", "docs/**/*.md", "tests/fixtures/*.md")
    for path in PROJECT_ROOT.glob(place)
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_documents_links_lead_to_files(document: Path) -> None:
    text = (PROJECT_ROOT / document).read_text(encoding="utf-8")
    folder = (PROJECT_ROOT / document).parent
    assert [link for link in LINK.findall(text) if not (folder / link).exists()] == []
