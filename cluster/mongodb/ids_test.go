package main

import (
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/FerretDB/FerretDB/ferretdb"
	"go.mongodb.org/mongo-driver/bson"
	"go.mongodb.org/mongo-driver/mongo"
	"go.mongodb.org/mongo-driver/mongo/options"
)

// begin starts a server with its index of ids; a client of it, its address and the folder of its databases.
func begin(t *testing.T, ctx context.Context) (*mongo.Client, string, string) {
	folder := t.TempDir()
	ctx, stop := context.WithCancel(ctx)
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: "127.0.0.1:0"},
		Handler:   "sqlite",
		SQLiteURL: "file:" + folder + "/",
	})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{}, 2)
	go func() { _ = server.Run(ctx); ended <- struct{}{} }()
	go func() { indexIDs(ctx, folder, slog.Default()); ended <- struct{}{} }()
	client, err := mongo.Connect(ctx, options.Client().ApplyURI(server.MongoDBURI()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Disconnect(ctx); stop(); <-ended; <-ended })
	return client, strings.TrimSuffix(strings.TrimPrefix(server.MongoDBURI(), "mongodb://"), "/"), folder
}

func TestAProbeIsAnsweredByAServerThatAnswers(t *testing.T) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	client, address, folder := begin(t, ctx)
	if _, err := client.Database("shop").Collection("purchases").InsertOne(ctx, bson.D{{Key: "_id", Value: "p1"}}); err != nil {
		t.Fatal(err)
	}
	probe, err := health(address, folder)
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	probe.ServeHTTP(answer, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
	if answer.Code != http.StatusOK {
		t.Fatalf("%d: %s", answer.Code, answer.Body)
	}
	nobody, err := health("127.0.0.1:1", folder)
	if err != nil {
		t.Fatal(err)
	}
	answer = httptest.NewRecorder()
	short, end := context.WithTimeout(ctx, time.Second)
	defer end()
	nobody.ServeHTTP(answer, httptest.NewRequest("GET", "/", nil).WithContext(short))
	if answer.Code != http.StatusServiceUnavailable {
		t.Fatalf("%d: %s", answer.Code, answer.Body)
	}
}

// What FerretDB creates is searched by id, not scanned.
func TestDocumentsAreFoundByTheirIDsInAnIndex(t *testing.T) {
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	client, _, folder := begin(t, ctx)
	for _, collection := range []string{"purchases", "under_way"} {
		if _, err := client.Database("shop").Collection(collection).InsertOne(ctx, bson.D{{Key: "_id", Value: "p1"}}); err != nil {
			t.Fatal(err)
		}
	}
	database, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "shop.sqlite"))
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	// A plan is not carried out, so a connection would not notice that the schema has changed.
	database.SetMaxIdleConns(-1)
	var table string
	if err := database.QueryRow(`SELECT table_name FROM _ferretdb_collections WHERE name = 'purchases'`).Scan(&table); err != nil {
		t.Fatal(err)
	}
	plan := ""
	for !strings.Contains(plan, "USING INDEX "+table+suffix) {
		var ignored int
		query := `EXPLAIN QUERY PLAN UPDATE "` + table + `" SET _ferretdb_sjson = '{}' WHERE _ferretdb_sjson->'$._id' = '"p1"'`
		if err := database.QueryRow(query).Scan(&ignored, &ignored, &ignored, &plan); err != nil {
			t.Fatal(err)
		}
		if ctx.Err() != nil {
			t.Fatalf("not indexed: %s", plan)
		}
		time.Sleep(50 * time.Millisecond)
	}
	changed, err := client.Database("shop").Collection("purchases").UpdateByID(ctx, "p1", bson.D{{Key: "$set", Value: bson.D{{Key: "a", Value: 1}}}})
	if err != nil || changed.ModifiedCount != 1 {
		t.Fatalf("%v %v", changed, err)
	}
}
