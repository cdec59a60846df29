// go_bench_server --port=N: the service of cpp_lite_bench_server on grpc-go. GOMAXPROCS says how many cores it may use.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	pb "bench/payments"
)

const processedAt = 1767225600

type server struct {
	pb.UnimplementedPaymentServiceServer
}

func refusal(request *pb.ChargeRequest) string {
	if request.GetAmountCents() <= 0 {
		return "amount_cents must be positive"
	}
	if request.GetIdempotencyKey() == "" {
		return "idempotency_key must not be empty"
	}
	return ""
}

func (server) ChargeCard(_ context.Context, request *pb.ChargeRequest) (*pb.ChargeResponse, error) {
	if why := refusal(request); why != "" {
		return nil, status.Error(codes.InvalidArgument, why)
	}
	return &pb.ChargeResponse{
		TransactionId:      "txn_" + request.GetIdempotencyKey(),
		Status:             pb.ChargeStatus_CHARGE_STATUS_SUCCESS,
		ProcessorReference: "ref_0123456789",
		ProcessedAtUnix:    processedAt,
	}, nil
}

func (server) StreamTransactions(request *pb.TransactionStreamRequest, out grpc.ServerStreamingServer[pb.Transaction]) error {
	id := "txn_0123456789"
	if size, padded := strings.CutPrefix(request.GetCustomerId(), "pad:"); padded {
		count, err := strconv.Atoi(size)
		if err != nil || count < 0 || count > 16<<20 {
			return status.Error(codes.InvalidArgument, "pad: wants a number up to 16 MiB")
		}
		id = strings.Repeat("x", count)
	}
	message := &pb.Transaction{Id: id, CustomerId: request.GetCustomerId(), AmountCents: 1999, Currency: "EUR", CreatedAtUnix: processedAt}
	for i := int64(0); i < request.GetSinceUnix(); i++ {
		if err := out.Send(message); err != nil {
			return err
		}
	}
	return nil
}

func (server) BatchCharge(in grpc.ClientStreamingServer[pb.ChargeRequest, pb.BatchChargeResponse]) error {
	response := &pb.BatchChargeResponse{}
	for {
		request, err := in.Recv()
		if errors.Is(err, io.EOF) {
			return in.SendAndClose(response)
		}
		if err != nil {
			return err
		}
		response.Total++
		if refusal(request) == "" {
			response.Succeeded++
		} else {
			response.Failed++
			response.FailedIdempotencyKeys = append(response.FailedIdempotencyKeys, request.GetIdempotencyKey())
		}
	}
}

func (server) PaymentChat(stream grpc.BidiStreamingServer[pb.PaymentMessage, pb.PaymentMessage]) error {
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := stream.Send(message); err != nil {
			return err
		}
	}
}

func main() {
	port := flag.Int("port", 0, "")
	flag.Parse()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	served := grpc.NewServer()
	pb.RegisterPaymentServiceServer(served, server{})
	fmt.Printf("listening on 127.0.0.1:%d\n", listener.Addr().(*net.TCPAddr).Port)
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	go func() {
		<-ended
		served.Stop()
	}()
	if err := served.Serve(listener); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
