package main

import (
	"path/filepath"
	"testing"
)

func TestOptionsAreThoseOfTheOfficialCommand(t *testing.T) {
	o, err := parseOptions([]string{
		"--port", "1", "--headless", "--search-attribute", "Stage=Keyword", "--dynamic-config-value", `history.x="10ms"`,
	})
	if err != nil || o.port != 1 || !o.headless || o.searchAttributes["Stage"] != "Keyword" {
		t.Fatalf("options %+v, error %v", o, err)
	}
	wrongs := [][]string{{"--search-attribute", "Stage"}, {"extra"}, {"--db-filename", "a", "--postgres", "b"}}
	for _, wrong := range wrongs {
		if _, err := parseOptions(wrong); err == nil {
			t.Errorf("%v was accepted", wrong)
		}
	}
}

func TestDynamicConfigurationKeepsWholeNumbersWhole(t *testing.T) {
	settings, err := dynamicConfig(keyValues{"a.b": "1000", "c.d": "0.5", "e.f": "true"})
	if err != nil {
		t.Fatal(err)
	}
	for key, value := range settings {
		switch key.String() {
		case "a.b":
			if value != 1000 {
				t.Errorf("%s is %T %v", key, value, value)
			}
		case "c.d":
			if value != 0.5 {
				t.Errorf("%s is %T %v", key, value, value)
			}
		}
	}
	if _, err := dynamicConfig(keyValues{"a.b": "10ms"}); err == nil {
		t.Error("a value that is not JSON was accepted")
	}
}

func TestAFileStoreOpensAgainWithItsNamespace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "temporal.db")
	o, err := parseOptions([]string{"--db-filename", file, "--search-attribute", "Stage=Keyword"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		store, err := openStore(o)
		if err != nil {
			t.Fatal(err)
		}
		if err := createNamespace(store, o); err != nil {
			t.Fatal(err)
		}
	}
}

func TestThePasswordOfPostgresMayComeFromTheEnvironment(t *testing.T) {
	t.Setenv("PGPASSWORD", "from the environment")
	c, err := postgresConfig("postgres://temporal@db:6543/engine")
	if err != nil || c.Password != "from the environment" || c.ConnectAddr != "db:6543" || c.DatabaseName != "engine" {
		t.Fatalf("config %+v, error %v", c, err)
	}
	if _, err := postgresConfig("db:6543"); err == nil {
		t.Error("an address without a scheme was accepted")
	}
}
