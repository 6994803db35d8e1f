package main

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"
)

// How often collections without an index are looked for. One that was just created is small.
const round = time.Second

// The tables of collections that have no index of this program yet. FerretDB keeps each document as JSON in one column.
const unindexed = `SELECT name FROM sqlite_master AS collection
	WHERE type = 'table' AND sql LIKE '%_ferretdb_sjson%' AND name != '_ferretdb_collections'
	AND NOT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = collection.name || '` + suffix + `')`

const suffix = "_by_id"

// The end of a database's file name.
const extension = ".sqlite"

// indexIDs keeps the collections of all databases in a folder indexed by their documents' ids until the context ends. FerretDB 1 looks an
// id up as _ferretdb_sjson->'$._id', and indexes _ferretdb_sjson->"_id": SQLite takes these for two expressions, and reads all of a
// collection for each document that is found, changed or deleted.
func indexIDs(ctx context.Context, folder string, logger *slog.Logger) {
	databases := map[string]*sql.DB{}
	for ctx.Err() == nil {
		for _, file := range files(folder) {
			if databases[file] == nil {
				database, err := open(file)
				if err != nil {
					logger.Error("a database cannot be opened to index ids", "file", file, "error", err)
					continue
				}
				database.SetMaxOpenConns(1)
				databases[file] = database
			}
			if err := indexIDsOf(ctx, databases[file]); err != nil && ctx.Err() == nil {
				logger.Warn("ids are not indexed yet", "file", file, "error", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(round):
		}
	}
	for _, database := range databases {
		database.Close()
	}
}

// open opens a database that exists. One that has just been dropped must not come back as an empty file, with which FerretDB would not start.
func open(file string) (*sql.DB, error) {
	return sql.Open("sqlite", "file:"+file+"?mode=rw&_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)")
}

// files are those of the databases in a folder.
func files(folder string) []string {
	found, _ := filepath.Glob(filepath.Join(folder, "*"+extension)) // only a bad pattern fails
	return found
}

func indexIDsOf(ctx context.Context, database *sql.DB) error {
	rows, err := database.QueryContext(ctx, unindexed)
	if err != nil {
		return err
	}
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return err
		}
		tables = append(tables, table)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, table := range tables {
		statement := fmt.Sprintf(`CREATE INDEX IF NOT EXISTS %q ON %q (_ferretdb_sjson->'$._id')`, table+suffix, table)
		if _, err := database.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	return nil
}
