package main

import (
	"context"
	"log/slog"
	"os"
)

// removeEmpty removes the databases of a folder that have no table yet, because the server was killed while it made them: FerretDB 1 does not
// start with one, and nothing has been written to it.
func removeEmpty(ctx context.Context, folder string, logger *slog.Logger) {
	for _, file := range files(folder) {
		empty, err := isEmpty(ctx, file)
		if err == nil && empty {
			err = os.Remove(file)
		}
		if err != nil {
			logger.Warn("a database cannot be looked at before the start", "file", file, "error", err)
		} else if empty {
			logger.Info("an empty database is removed", "file", file)
		}
	}
}

func isEmpty(ctx context.Context, file string) (bool, error) {
	database, err := open(file)
	if err != nil {
		return false, err
	}
	defer database.Close()
	var tables int
	err = database.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master").Scan(&tables)
	return err == nil && tables == 0, err
}
