// The tests' client inside the mesh. It prints what came of each try as one line of JSON, and always ends with success.
//
//	probe get URL [COUNT [PAUSE]]   as many GETs, with a pause such as 1s between them: {"200": 3}; what got no answer counts under its reason
//	probe kafka HOST:PORT N         N requests for Kafka's API versions on one connection: {"sent": 42, "received": 1234}
package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

const limit = 5 * time.Second

func get(url string, count int, pause time.Duration) map[string]int {
	client := http.Client{Timeout: limit}
	found := map[string]int{}
	for done := range count {
		if done > 0 {
			time.Sleep(pause)
		}
		answer, err := client.Get(url)
		if err != nil {
			found[err.Error()]++
			continue
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
		found[strconv.Itoa(answer.StatusCode)]++
	}
	return found
}

// request is a request for the API versions, version 0, of a client without a name.
func request(id uint32) []byte {
	bytes := binary.BigEndian.AppendUint32(nil, 10)
	bytes = binary.BigEndian.AppendUint16(bytes, 18)
	bytes = binary.BigEndian.AppendUint16(bytes, 0)
	bytes = binary.BigEndian.AppendUint32(bytes, id)
	return binary.BigEndian.AppendUint16(bytes, 0xffff)
}

func kafka(address string, count int) (map[string]int, error) {
	connection, err := net.DialTimeout("tcp", address, limit)
	if err != nil {
		return nil, err
	}
	defer func() { _ = connection.Close() }()
	if err := connection.SetDeadline(time.Now().Add(6 * limit)); err != nil {
		return nil, err
	}
	sent, received := 0, 0
	for id := range count {
		written, err := connection.Write(request(uint32(id)))
		if err != nil {
			return nil, err
		}
		sent += written
		var length [4]byte
		if _, err := io.ReadFull(connection, length[:]); err != nil {
			return nil, err
		}
		answer := make([]byte, binary.BigEndian.Uint32(length[:]))
		if _, err := io.ReadFull(connection, answer); err != nil {
			return nil, err
		}
		received += len(length) + len(answer)
	}
	return map[string]int{"sent": sent, "received": received}, nil
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: probe get URL [COUNT [PAUSE]] | probe kafka HOST:PORT COUNT")
		os.Exit(2)
	}
	count := 1
	if len(os.Args) > 3 {
		var err error
		if count, err = strconv.Atoi(os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	var pause time.Duration
	if len(os.Args) > 4 {
		var err error
		if pause, err = time.ParseDuration(os.Args[4]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
	var found map[string]int
	switch os.Args[1] {
	case "get":
		found = get(os.Args[2], count, pause)
	default:
		var err error
		if found, err = kafka(os.Args[2], count); err != nil {
			found = map[string]int{err.Error(): 1}
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		os.Exit(1)
	}
	// The proxy sends its access logs once a second, and ends soon after this process.
	time.Sleep(2 * time.Second)
}
