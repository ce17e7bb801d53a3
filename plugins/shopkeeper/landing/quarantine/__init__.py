"""What was refused: listing it, showing it without personal values, correcting it and judging it again.

Nothing that was kept is ever altered.
"""
