import os
import tempfile

# Airflow makes its home when it is imported; the tests' one is thrown away.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="shopkeeper-airflow-"))
