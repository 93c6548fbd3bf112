#!/bin/sh
# Runs once, when PostgreSQL starts on an empty volume: one role and its databases for the engine, one for the application.
set -eu
psql -v ON_ERROR_STOP=1 -v temporal="$TEMPORAL_DB_PASSWORD" -v throughline="$THROUGHLINE_DB_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE ROLE throughline LOGIN PASSWORD :'throughline';
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE throughline OWNER throughline;
SQL
