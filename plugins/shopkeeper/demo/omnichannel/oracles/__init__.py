"""The best that anybody could do: true parameters, the same observations.

An oracle learns the posterior from worlds of other seeds under the very parameters (amortised inference:
Cranmer, Brehmer, Louppe 2020, The frontier of simulation-based inference), and reads the clean tables of
the scored world: what the systems saw, never what they could not see. It bounds what an algorithm may reach
on the dirty files.
"""
