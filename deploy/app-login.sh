#!/bin/sh
# Run once by the PostgreSQL image on an empty volume: the application's login, which owns nothing,
# and the statistics of statements for the status page, in a schema of their own.
# `manage.py migrate` gives it the application's role.
set -eu
: "${POSTGRES_APP_PASSWORD:?give it in .env}"
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set password="$POSTGRES_APP_PASSWORD" <<'SQL'
CREATE ROLE backoffice_web LOGIN PASSWORD :'password';
CREATE SCHEMA IF NOT EXISTS monitoring;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements SCHEMA monitoring;
GRANT USAGE ON SCHEMA monitoring TO PUBLIC;
SQL
# The owner's login may copy the cluster and follow its WAL from the other containers (base backups, archive_wal).
if [ -f "${PGDATA:-}/pg_hba.conf" ]; then
    echo "host replication $POSTGRES_USER all scram-sha-256" >> "$PGDATA/pg_hba.conf"
fi
