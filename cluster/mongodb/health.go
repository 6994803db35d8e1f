package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// How long the questions of one probe may take together.
const patience = 5 * time.Second

// health answers 200 if every database answers a question, and 503 if one does not: a server whose connections to a database are used up
// still accepts clients, and leaves them waiting for ever. The databases are the files of a folder: to list them, FerretDB 1 also
// measures each, for which SQLite reads all of its pages, and a probe comes every few seconds.
func health(server, folder string) (http.Handler, error) {
	client, err := mongo.Connect(context.Background(), options.Client().ApplyURI("mongodb://"+server+"/").SetMaxPoolSize(2))
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(response http.ResponseWriter, request *http.Request) {
		ctx, done := context.WithTimeout(request.Context(), patience)
		defer done()
		if err := ask(ctx, client, folder); err != nil {
			http.Error(response, err.Error(), http.StatusServiceUnavailable)
		}
	}), nil
}

// ask reads a document of each collection of each database.
func ask(ctx context.Context, client *mongo.Client, folder string) error {
	if err := client.Ping(ctx, nil); err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	for _, file := range files(folder) {
		name := strings.TrimSuffix(filepath.Base(file), extension)
		collections, err := client.Database(name).ListCollectionNames(ctx, bson.D{})
		if err != nil {
			return fmt.Errorf("the collections of the database %s cannot be listed: %w", name, err)
		}
		for _, collection := range collections {
			found := client.Database(name).Collection(collection).FindOne(ctx, bson.D{})
			if err := found.Err(); err != nil && !errors.Is(err, mongo.ErrNoDocuments) {
				return fmt.Errorf("the collection %s.%s cannot be read: %w", name, collection, err)
			}
		}
	}
	return nil
}
