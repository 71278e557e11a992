#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the application's login, which owns nothing,
# and the statistics of statements for the status page, in a schema of their own.
# `manage.py migrate` gives it the application's role.
set -eu
: "${POSTGRES_APP_PASSWORD:?give it in .env}"
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set password="$POSTGRES_APP_PASSWORD" <<'SQL'
CREATE ROLE backoffice_web LOGIN PASSWORD :'password';
CREATE SCHEMA monitoring;
CREATE EXTENSION pg_stat_statements SCHEMA monitoring;
GRANT USAGE ON SCHEMA monitoring TO PUBLIC;
SQL
