# The environment is made where compilers may be, and runs where they are not. Both stages name the same base image;
# whoever builds releases pins it by digest: docker build --build-arg BASE=python:3.12.12-slim-bookworm@sha256:…
ARG BASE=python:3.12.12-slim-bookworm
FROM ${BASE} AS build
WORKDIR /srv/cuofeng
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv .venv
# The lock of what the service needs; tests and measuring have their own.
COPY requirements.lock ./
RUN .venv/bin/pip install --require-hashes -r requirements.lock
COPY pyproject.toml README.md LICENSE alembic.ini ./
COPY app app
COPY migrations migrations
COPY openapi openapi
COPY samples samples
RUN .venv/bin/pip install --no-deps --no-build-isolation --no-index -e .

FROM ${BASE}
WORKDIR /srv/cuofeng
# Backup and restore use pg_dump, pg_restore and psql of PostgreSQL 18, which come with the embedded server's package:
# nothing else has to be installed for servers from 15 to 18.
RUN useradd --system --uid 10001 --home-dir /var/lib/cuofeng --create-home cuofeng \
  && install --directory --owner=cuofeng --mode=0700 /var/backups/cuofeng
COPY --from=build /srv/cuofeng /srv/cuofeng
USER cuofeng
ENV PATH=/srv/cuofeng/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    CUOFENG_HOST=0.0.0.0 CUOFENG_DATA_DIR=/var/lib/cuofeng/data
EXPOSE 8000
VOLUME ["/var/lib/cuofeng", "/var/backups/cuofeng"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=6 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
CMD ["cuofeng", "serve"]
