#!/bin/sh
# Makes the role that a running plane connects as: it owns nothing, and `ap migrate` gives it its rights.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname artifact_plane --set password="$RUNTIME_PASSWORD" <<'SQL'
CREATE ROLE artifact_plane_runtime LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS NOINHERIT PASSWORD :'password';
SQL
