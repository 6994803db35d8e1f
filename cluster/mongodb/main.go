// A server that speaks MongoDB's protocol and keeps its data in SQLite files: FerretDB, embedded.
package main

import (
	"context"
	"flag"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:27017", "address to listen on")
	probe := flag.String("health", "127.0.0.1:8080", "address that answers 200 while every database does")
	data := flag.String("data", "data", "folder of the databases")
	flag.Parse()
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	slog.SetDefault(logger)

	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	removeEmpty(ctx, *data, logger)
	server, err := ferretdb.New(&ferretdb.Config{
		Listener: ferretdb.ListenerConfig{TCP: *listen},
		Handler:  "sqlite",
		// No fsync on every write: a crash of the server loses nothing, a crash of the machine may lose the last few writes.
		// The cache size is in KiB, for each of up to a hundred connections; the kernel also caches the file's pages.
		SQLiteURL: "file:" + *data + "/?_pragma=synchronous(normal)&_pragma=cache_size(-256)",
		Logger:    logger,
	})
	var handler http.Handler
	if err == nil {
		handler, err = health(*listen, *data)
	}
	if err == nil {
		go indexIDs(ctx, *data, logger)
		go func() {
			err := http.ListenAndServe(*probe, handler)
			logger.Error("the health's port ended", "error", err)
			stop()
		}()
		logger.Info("listening", "address", *listen, "data", *data)
		err = server.Run(ctx)
	}
	if err != nil {
		logger.Error("the server ended", "error", err)
		os.Exit(1)
	}
}
