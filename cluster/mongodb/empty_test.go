package main

import (
	"context"
	"database/sql"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestOnlyADatabaseWithoutTablesIsRemoved(t *testing.T) {
	folder := t.TempDir()
	full := filepath.Join(folder, "full"+extension)
	database, err := sql.Open("sqlite", "file:"+full)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := database.Exec("CREATE TABLE one (two)"); err != nil {
		t.Fatal(err)
	}
	if err := database.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "empty"+extension), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	removeEmpty(context.Background(), folder, slog.Default())
	if found := files(folder); !slices.Equal(found, []string{full}) {
		t.Fatalf("%v", found)
	}
}

func TestADatabaseThatWasDroppedDoesNotComeBack(t *testing.T) {
	folder := t.TempDir()
	database, err := open(filepath.Join(folder, "dropped"+extension))
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	if err := indexIDsOf(context.Background(), database); err == nil {
		t.Fatal("there is no such database")
	}
	if found := files(folder); len(found) > 0 {
		t.Fatalf("%v", found)
	}
}
