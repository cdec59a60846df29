// The service on grpc++'s callback API.
#pragma once

#include <grpcpp/grpcpp.h>

#include <cstdint>

#include "answers.h"
#include "payments.grpc.pb.h"

namespace bench {

inline grpc::Status charged(const payments::v1::ChargeRequest& request,
                            payments::v1::ChargeResponse& response) {
  if (const char* why = refusal(request)) return {grpc::StatusCode::INVALID_ARGUMENT, why};
  charge(request, response);
  return grpc::Status::OK;
}
inline grpc::Status wrong_padding() {
  return {grpc::StatusCode::INVALID_ARGUMENT, "pad: wants a number up to 16 MiB"};
}

class CallbackService : public payments::v1::PaymentService::CallbackService {
 public:
  explicit CallbackService(bool hint) { options_ = hint ? options_.set_buffer_hint() : options_; }

  grpc::ServerUnaryReactor* ChargeCard(grpc::CallbackServerContext* context,
                                       const payments::v1::ChargeRequest* request,
                                       payments::v1::ChargeResponse* response) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(charged(*request, *response));
    return reactor;
  }

  grpc::ServerWriteReactor<payments::v1::Transaction>* StreamTransactions(
      grpc::CallbackServerContext*,
      const payments::v1::TransactionStreamRequest* request) override {
    return new Transactions(*request, options_);
  }

  grpc::ServerReadReactor<payments::v1::ChargeRequest>* BatchCharge(
      grpc::CallbackServerContext*, payments::v1::BatchChargeResponse* response) override {
    return new Batch(*response);
  }

  grpc::ServerBidiReactor<payments::v1::PaymentMessage, payments::v1::PaymentMessage>* PaymentChat(
      grpc::CallbackServerContext*) override {
    return new Chat;
  }

 private:
  class Transactions final : public grpc::ServerWriteReactor<payments::v1::Transaction> {
   public:
    Transactions(const payments::v1::TransactionStreamRequest& request, grpc::WriteOptions options)
        : left_(request.since_unix()), options_(options) {
      if (!transaction(request, message_)) {
        Finish(wrong_padding());
      } else if (options_.get_buffer_hint()) {
        StartSendInitialMetadata();  // which a first write with a hint would wait for, and not send
      } else {
        next();
      }
    }
    void OnSendInitialMetadataDone(bool ok) override {
      if (!ok) left_ = 0;
      next();
    }
    void OnWriteDone(bool ok) override {
      if (!ok) left_ = 0;
      next();
    }
    void OnDone() override { delete this; }

   private:
    void next() {
      if (left_-- > 0) {
        StartWrite(&message_, options_);
      } else {
        Finish(grpc::Status::OK);
      }
    }
    std::int64_t left_;
    const grpc::WriteOptions options_;
    payments::v1::Transaction message_;
  };

  class Batch final : public grpc::ServerReadReactor<payments::v1::ChargeRequest> {
   public:
    explicit Batch(payments::v1::BatchChargeResponse& response) : response_(response) {
      StartRead(&request_);
    }
    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::OK);
      count(request_, response_);
      StartRead(&request_);
    }
    void OnDone() override { delete this; }

   private:
    payments::v1::BatchChargeResponse& response_;
    payments::v1::ChargeRequest request_;
  };

  class Chat final
      : public grpc::ServerBidiReactor<payments::v1::PaymentMessage, payments::v1::PaymentMessage> {
   public:
    Chat() { StartRead(&message_); }
    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::OK);
      StartWrite(&message_);
    }
    void OnWriteDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::OK);
      StartRead(&message_);
    }
    void OnDone() override { delete this; }

   private:
    payments::v1::PaymentMessage message_;
  };

  grpc::WriteOptions options_;
};

}  // namespace bench
