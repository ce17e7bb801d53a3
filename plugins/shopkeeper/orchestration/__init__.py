"""What DAG files are made of: the assets where they meet, their defaults and their tasks.

Beside `local_airflow` the only room that imports Airflow. What a step does belongs to `pipeline`.
"""
