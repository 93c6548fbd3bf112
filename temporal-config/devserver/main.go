// Command devserver runs a Temporal server and its Web UI in one process, for development and tests, on machines
// that cannot get the official `temporal` CLI. It takes the flags of `temporal server start-dev` that we use, so that
// the scripts start either of them with the same arguments, and adds a PostgreSQL store.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.temporal.io/server/common/headers"
)

const help = `devserver: Temporal server %s and its Web UI in one process, for development and tests.

Stores: memory (the default), a SQLite file (--db-filename) or PostgreSQL 12+ (--postgres; the password comes from
PGPASSWORD when the URL has none). Databases, schema and the namespace are set up at the first start.
It stops on SIGINT or SIGTERM, and with --stop-with-stdin also when whoever started it is gone.

`

// options are the parsed command line.
type options struct {
	ip, dbFilename, postgres, namespace, logLevel string
	port, uiPort                                  int
	headless, stopWithStdin, version              bool
	retention                                     time.Duration
	searchAttributes, dynamicConfigValues         keyValues
}

// keyValues is a flag that may be repeated, each time as KEY=VALUE.
type keyValues map[string]string

func (kv keyValues) String() string { return "" }

func (kv keyValues) Set(text string) error {
	key, value, found := strings.Cut(text, "=")
	if !found || key == "" {
		return fmt.Errorf("expected KEY=VALUE, got %q", text)
	}
	kv[key] = value
	return nil
}

func parseOptions(args []string) (*options, error) {
	o := &options{searchAttributes: keyValues{}, dynamicConfigValues: keyValues{}}
	flags := flag.NewFlagSet("devserver", flag.ContinueOnError)
	flags.StringVar(&o.ip, "ip", "127.0.0.1", "address to listen on")
	flags.IntVar(&o.port, "port", 7233, "port of the gRPC frontend")
	flags.IntVar(&o.uiPort, "ui-port", 8233, "port of the Web UI")
	flags.BoolVar(&o.headless, "headless", false, "no Web UI")
	flags.StringVar(&o.dbFilename, "db-filename", "", "SQLite `file`; without it everything is kept in memory")
	flags.StringVar(&o.postgres, "postgres", "", "`URL` of PostgreSQL 12+; NAME_visibility is the second database")
	flags.StringVar(&o.namespace, "namespace", "default", "namespace to create when it is missing")
	flags.DurationVar(&o.retention, "retention", 72*time.Hour, "how long a new namespace keeps closed workflows")
	flags.Var(o.searchAttributes, "search-attribute", "`NAME=TYPE` of a search attribute of a new namespace; repeatable")
	flags.Var(o.dynamicConfigValues, "dynamic-config-value", "`KEY=JSON` of a dynamic configuration value; repeatable")
	flags.StringVar(&o.logLevel, "log-level", "error", "debug, info, warn or error")
	flags.BoolVar(&o.stopWithStdin, "stop-with-stdin", false, "stop when standard input is closed")
	flags.BoolVar(&o.version, "version", false, "print the version and exit")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), help, headers.ServerVersion)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.dbFilename != "" && o.postgres != "" {
		return nil, errors.New("--db-filename and --postgres exclude each other")
	}
	return o, nil
}

func main() {
	o, err := parseOptions(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err == nil && o.version {
		fmt.Printf("devserver (Server %s)\n", headers.ServerVersion)
		return
	}
	if err == nil {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "devserver:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	stopping, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	began := time.Now()
	store, err := openStore(o)
	if err != nil {
		return fmt.Errorf("setting up the store: %w", err)
	}
	if err := createNamespace(store, o); err != nil {
		return fmt.Errorf("creating namespace %s: %w", o.namespace, err)
	}
	server, err := newServer(o, store)
	if err != nil {
		return err
	}
	if err := server.Start(); err != nil {
		return fmt.Errorf("starting the server: %w", err)
	}
	defer func() { _ = server.Stop() }()
	failed := make(chan error, 1)
	if !o.headless {
		ui := newUI(o)
		defer ui.Stop()
		go func() { failed <- ui.Start() }()
	}
	if o.stopWithStdin {
		go func() {
			waitForEndOf(os.Stdin)
			stop()
		}()
	}
	fmt.Printf("ready %s after %d ms\n", address(o), time.Since(began).Milliseconds())
	select {
	case <-stopping.Done():
		return nil
	case err := <-failed:
		return fmt.Errorf("web UI: %w", err)
	}
}
