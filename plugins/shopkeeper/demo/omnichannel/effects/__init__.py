"""What would have been: the same persons, days and random numbers, with something taken away.

A rerun repeats the core of a day (``behaviour.day.live``) for a sample of persons, any number of worlds
side by side, and keeps net revenue alone. The shelves serve as they did in the factual world, so a rerun
with nothing taken away is the factual world to the penny.
"""
