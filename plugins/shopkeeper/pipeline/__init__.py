"""One refresh: the steps in the data's order, each called by Airflow or, in one process, by `run`.

A step reads its inputs, calls a room and writes its results; how anything is computed belongs to that room.
"""
