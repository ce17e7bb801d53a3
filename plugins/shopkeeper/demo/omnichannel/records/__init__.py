"""The day's happenings as the clean tables of ``tables``: ids, instants, and all that follows later."""
