"""One refresh: the steps in order, called by Airflow or, in one process, by `run`.

A step reads its inputs, calls a room and writes its results; the computation itself belongs to that room.
"""
