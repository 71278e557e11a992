#!/bin/sh
# PgBouncer in transaction mode for the application's login; its settings come from the environment.
set -eu
: "${POSTGRES_APP_PASSWORD:?give it in .env}"
folder=${PGBOUNCER_FOLDER:-/tmp/pgbouncer}
mkdir -p "$folder"
umask 077
printf '"backoffice_web" "%s"\n' "$POSTGRES_APP_PASSWORD" > "$folder/userlist.txt"
cat > "$folder/pgbouncer.ini" <<INI
[databases]
backoffice = host=${PGHOST:-postgres} port=${PGPORT:-5432} dbname=backoffice
[pgbouncer]
listen_addr = ${PGBOUNCER_ADDRESS:-*}
listen_port = ${PGBOUNCER_PORT:-6432}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = $folder/userlist.txt
pool_mode = transaction
default_pool_size = ${PGBOUNCER_POOL:-20}
max_client_conn = 1000
# A client waits so long for a connection, then it is told (503 to whoever asked); it does not wait without end.
query_wait_timeout = 10
ignore_startup_parameters = extra_float_digits
logfile =
INI
exec pgbouncer "$folder/pgbouncer.ini"
