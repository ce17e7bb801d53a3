# One image for every service of docker-compose.yml: Airflow with Shopkeeper's DAGs, models, contracts and steps.
FROM python:3.12-slim-bookworm

ENV AIRFLOW_HOME=/opt/airflow \
    SHOPKEEPER_HOME=/data \
    PYTHONPATH=/opt/shopkeeper/plugins \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/shopkeeper/.venv/bin:$PATH

RUN useradd --create-home --uid 50000 shopkeeper \
    && install --directory --owner=shopkeeper /opt/airflow/logs /opt/airflow/secrets /opt/shopkeeper /data

USER shopkeeper
WORKDIR /opt/shopkeeper

COPY --chown=shopkeeper requirements-server.lock ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir uv \
    && .venv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes --python .venv/bin/python requirements-server.lock

COPY --chown=shopkeeper . .
RUN printf '#!/opt/shopkeeper/.venv/bin/python\nfrom shopkeeper.cli import main\n\nmain()\n' > .venv/bin/shopkeeper \
    && chmod +x .venv/bin/shopkeeper \
    && .venv/bin/python -c 'from shopkeeper.warehouse import dbt_runs; dbt_runs.remember_project()'
