"""Pages for the business: a folder of one query file, one template and one chart spec makes a page.

A query file holds named statements (`-- name: x`). Those without parameters are the page; those with `$p`
list the rows behind one of its numbers. Python per page is not needed.
"""

from shopkeeper.console.pages.routes import router

__all__ = ["router"]
