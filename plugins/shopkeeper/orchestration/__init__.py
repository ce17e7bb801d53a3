"""Building blocks of the DAG files: the assets where DAGs meet, their defaults and their tasks.

Besides `local_airflow` the only room that imports Airflow. What a step does belongs to `pipeline`.
"""
