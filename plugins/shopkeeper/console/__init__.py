"""The console: Shopkeeper's pages inside Airflow's UI, rendered on the server from the published versions.

Add pages here; what they show is asked of the rooms below, and what they change is a recorded action. Airflow
is not imported: `local_airflow` says who has signed in.
"""
