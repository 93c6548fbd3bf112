#!/bin/sh
# Brings both databases of the Temporal server to the schema of its version; harmless when they are. `setup-schema` would
# set the version of an existing schema back to 0.0, so it runs only where the table of versions is missing.
# Connection: SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER, SQL_PASSWORD.
set -eu
schemas=${SCHEMA_DIRECTORY:-/etc/temporal/schema/postgresql/v12}

update() { temporal-sql-tool --db "$1" update-schema -d "$schemas/$2/versioned" 2>&1; }

for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  kind=${pair##*:}
  if ! output=$(update "$database" "$kind"); then
    case $output in
      *schema_version*'does not exist'*) # the tool logs JSON, in which the quotes around the name are escaped
        temporal-sql-tool --db "$database" setup-schema -v 0.0
        update "$database" "$kind"
        ;;
      *)
        echo "$output"
        exit 1
        ;;
    esac
  fi
  echo "$database: the schema is up to date"
done
