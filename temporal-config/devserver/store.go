package main

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/tools/common/schema"
	sqltool "go.temporal.io/server/tools/sql"
	"google.golang.org/protobuf/types/known/durationpb"
)

const (
	clusterName      = "active"
	sqlitePlugin     = sqlite.PluginName
	visibilitySuffix = "_visibility"
)

// openStore returns the store that the options name, with its schema in place. Safe to repeat.
func openStore(o *options) (*config.SQL, error) {
	if o.postgres != "" {
		return openPostgres(o.postgres)
	}
	if o.dbFilename == "" {
		return &config.SQL{
			PluginName: sqlitePlugin, DatabaseName: "dev",
			ConnectAttributes: map[string]string{"mode": "memory", "cache": "shared"},
		}, nil
	}
	return openFile(o.dbFilename)
}

// openFile sets a new file up aside and renames it, so that a crash half way leaves no half-made schema behind.
func openFile(name string) (*config.SQL, error) {
	if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
		aside := name + ".new"
		if err := os.RemoveAll(aside); err != nil {
			return nil, err
		}
		if err := sqliteschema.SetupSchema(&config.SQL{
			PluginName: sqlitePlugin, DatabaseName: aside, ConnectAttributes: map[string]string{"mode": "rwc"},
		}); err != nil {
			return nil, err
		}
		if err := os.Rename(aside, name); err != nil {
			return nil, err
		}
	}
	// One connection: more of them meet "database is locked". synchronous 2 (FULL) survives a loss of power.
	return &config.SQL{
		PluginName: sqlitePlugin, DatabaseName: name, MaxConns: 1, MaxIdleConns: 1,
		ConnectAttributes: map[string]string{
			"mode": "rw", "journal_mode": "wal", "synchronous": "2", "busy_timeout": "10000",
		},
	}, nil
}

func openPostgres(address string) (*config.SQL, error) {
	main, err := postgresConfig(address)
	if err != nil {
		return nil, err
	}
	visibility := *main
	visibility.DatabaseName += visibilitySuffix
	if err := setUpPostgres(main, "postgresql/v12/temporal"); err != nil {
		return nil, fmt.Errorf("database %s: %w", main.DatabaseName, err)
	}
	if err := setUpPostgres(&visibility, "postgresql/v12/visibility"); err != nil {
		return nil, fmt.Errorf("database %s: %w", visibility.DatabaseName, err)
	}
	return main, nil
}

func postgresConfig(address string) (*config.SQL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || !strings.HasPrefix(u.Scheme, "postgres") {
		return nil, errors.New("--postgres: expected postgres://user@host:port/database")
	}
	password, given := u.User.Password()
	if !given {
		password = os.Getenv("PGPASSWORD")
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	name := strings.Trim(u.Path, "/")
	if name == "" {
		name = "temporal"
	}
	return &config.SQL{
		PluginName: postgresql.PluginNamePGX, ConnectAddr: net.JoinHostPort(u.Hostname(), port), ConnectProtocol: "tcp",
		User: u.User.Username(), Password: password, DatabaseName: name,
		MaxConns: 20, MaxIdleConns: 20, MaxConnLifetime: time.Hour,
	}, nil
}

// setUpPostgres creates the database when it is missing and brings its schema to the version of this server.
func setUpPostgres(c *config.SQL, schemaName string) error {
	logger := log.NewNoopLogger()
	admin := *c // DoCreateDatabase changes the database name of what it is given
	if err := sqltool.DoCreateDatabase(&admin, "postgres", logger); err != nil {
		return err
	}
	connection, err := sqltool.NewConnection(c, logger)
	if err != nil {
		return err
	}
	defer connection.Close()
	if _, err := connection.ReadSchemaVersion(); err != nil { // a new database has no table of versions yet
		setup := schema.NewSetupSchemaTask(connection, &schema.SetupConfig{InitialVersion: "0.0"}, logger)
		if err := setup.Run(); err != nil {
			return err
		}
	}
	update := &schema.UpdateConfig{DBName: c.DatabaseName, SchemaName: schemaName}
	return schema.NewUpdateSchemaTask(connection, update, logger).Run()
}

// createNamespace writes the namespace unless it exists. The function was made for SQLite, but speaks to any SQL store.
func createNamespace(store *config.SQL, o *options) error {
	attributes := map[string]enums.IndexedValueType{}
	for name, kind := range o.searchAttributes {
		value, err := enums.IndexedValueTypeFromString(kind)
		if err != nil {
			return fmt.Errorf("search attribute %s: %w", name, err)
		}
		attributes[name] = value
	}
	namespace, err := sqliteschema.NewNamespaceConfig(clusterName, o.namespace, false, attributes)
	if err != nil {
		return err
	}
	namespace.Detail.Config.Retention = durationpb.New(o.retention)
	return sqliteschema.CreateNamespaces(store, namespace)
}
