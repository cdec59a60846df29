// A grpc-go server that answers UNAVAILABLE to the first two attempts of every call, for retry_client.cc.
//
// The request is the call's name. Get and List answer a third attempt, Report any, with what all attempts said of their
// predecessors: the metadata grpc-previous-rpc-attempts, or "absent".
package main

import (
	"fmt"
	"log"
	"net"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// Messages are bytes.
type rawCodec struct{}

func (rawCodec) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }
func (rawCodec) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}
func (rawCodec) Name() string { return "proto" }

type flaky struct {
	mu   sync.Mutex
	told map[string][]string
}

// Every method is served as a stream with one message each way.
func (f *flaky) serve(_ any, stream grpc.ServerStream) error {
	var call []byte
	if err := stream.RecvMsg(&call); err != nil {
		return err
	}
	method, _ := grpc.MethodFromServerStream(stream)
	if method != "/retries.Flaky/Report" {
		if attempts := f.note(string(call), stream); attempts < 3 {
			return status.Errorf(codes.Unavailable, "attempt %d", attempts)
		}
	}
	f.mu.Lock()
	answer := []byte(strings.Join(f.told[string(call)], ","))
	f.mu.Unlock()
	return stream.SendMsg(&answer)
}

func (f *flaky) note(call string, stream grpc.ServerStream) int {
	before := "absent"
	if md, ok := metadata.FromIncomingContext(stream.Context()); ok {
		if values := md.Get("grpc-previous-rpc-attempts"); len(values) > 0 {
			before = strings.Join(values, "+")
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.told[call] = append(f.told[call], before)
	return len(f.told[call])
}

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	service := &flaky{told: map[string][]string{}}
	server := grpc.NewServer(grpc.ForceServerCodec(rawCodec{}), grpc.UnknownServiceHandler(service.serve))
	fmt.Printf("listening on 127.0.0.1:%d\n", listener.Addr().(*net.TCPAddr).Port)
	log.Fatal(server.Serve(listener))
}
