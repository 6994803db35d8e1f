// A WebSocket server built with the Centrifuge library: each line received over TCP is sent to every client as one publication.
//
// It uses the library's defaults: JSON, no compression, the in-memory broker. Its only option is the library's own for batching: how long
// a connection's writer collects publications before it writes them as one frame.
package main

import (
	"bufio"
	"context"
	"flag"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/centrifugal/centrifuge"
)

const channel = "p"

func main() {
	clients := flag.String("clients", "127.0.0.1:8000", "the address of the WebSocket")
	lines := flag.String("lines", "127.0.0.1:8001", "the address that takes a publication per line")
	gather := flag.Duration("gather", 0, "how long a connection gathers publications; 0: it writes what there is")
	flag.Parse()
	if err := serve(*clients, *lines, *gather); err != nil {
		log.Fatal(err)
	}
}

func serve(clients, lines string, gather time.Duration) error {
	node, err := centrifuge.New(centrifuge.Config{})
	if err != nil {
		return err
	}
	inFrame := 0 // the library's default, 16
	if gather > 0 {
		inFrame = 100
	}
	node.OnConnecting(func(context.Context, centrifuge.ConnectEvent) (centrifuge.ConnectReply, error) {
		return centrifuge.ConnectReply{
			Credentials:        &centrifuge.Credentials{},
			Subscriptions:      map[string]centrifuge.SubscribeOptions{channel: {}},
			WriteDelay:         gather,
			MaxMessagesInFrame: inFrame,
		}, nil
	})
	if err := node.Run(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", lines)
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- publish(node, listener) }()
	http.Handle("/connection/websocket", centrifuge.NewWebsocketHandler(node, centrifuge.WebsocketConfig{}))
	go func() { failed <- http.ListenAndServe(clients, nil) }()
	return <-failed
}

func publish(node *centrifuge.Node, listener net.Listener) error {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		scanner := bufio.NewScanner(connection)
		for scanner.Scan() {
			// The library keeps the slice until it is written, but the scanner reuses its buffer.
			line := append([]byte(nil), scanner.Bytes()...)
			if _, err := node.Publish(channel, line); err != nil {
				return err
			}
		}
		if err := scanner.Err(); err != nil {
			return err
		}
	}
}
