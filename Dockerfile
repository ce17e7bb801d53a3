# One image for every service of docker-compose.yml: Airflow with Shopkeeper's DAGs, models, contracts and steps.
# A tag can be moved to another image; to pin it, look its digest up and give both as PYTHON_IMAGE, name:tag@sha256:…:
#   docker buildx imagetools inspect python:3.12-slim-bookworm --format '{{.Manifest.Digest}}'
ARG PYTHON_IMAGE=python:3.12-slim-bookworm
FROM ${PYTHON_IMAGE}

ENV AIRFLOW_HOME=/opt/airflow \
    SHOPKEEPER_HOME=/data \
    SHOPKEEPER_INBOX=/inbox \
    PYTHONPATH=/opt/shopkeeper/plugins \
    PYTHONUNBUFFERED=1 \
    PATH=/opt/shopkeeper/.venv/bin:$PATH

RUN groupadd --gid 50000 shopkeeper \
    && useradd --no-create-home --home-dir /tmp --uid 50000 --gid 50000 shopkeeper \
    && install --directory --owner=shopkeeper --group=shopkeeper /opt/shopkeeper \
    && install --directory --owner=shopkeeper --group=shopkeeper --mode=0700 /opt/airflow /opt/airflow/logs /data /inbox

USER 50000:50000
WORKDIR /opt/shopkeeper

COPY --chown=50000:50000 requirements-uv.lock requirements-server.lock ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements-uv.lock \
    && .venv/bin/uv pip sync --no-cache --compile-bytecode --require-hashes --python .venv/bin/python requirements-server.lock

COPY --chown=50000:50000 . .
RUN printf '#!/opt/shopkeeper/.venv/bin/python\nfrom shopkeeper.cli import main\n\nmain()\n' > .venv/bin/shopkeeper \
    && chmod +x .venv/bin/shopkeeper \
    && .venv/bin/python -c 'from shopkeeper import dbt_runner; dbt_runner.remember_project()'

# What a service writes is for its own user alone.
ENTRYPOINT ["/bin/sh", "-c", "umask 077; exec \"$0\" \"$@\""]
