#include "service.h"

#include <cpp_lite/async.h>

#include <optional>
#include <string>

#include "rules.h"

namespace payments {

using cpp_lite::Code;
using cpp_lite::Future;
using cpp_lite::Reader;
using cpp_lite::Result;
using cpp_lite::ServerContext;
using cpp_lite::Status;
using cpp_lite::Writer;

// Nothing to wait for, so this is a plain function: no coroutine is made. It runs at most once for
// each key: that is the runtime's business (docs/idempotency.md).
Future<Result<v1::ChargeResponse>> Payments::ChargeCard(ServerContext& context,
                                                        v1::ChargeRequest request) {
  if (Status bad = check(request); !bad.ok()) return bad;
  const Result<v1::Transaction> recorded = ledger_.record(request, context.idempotency());
  if (!recorded) return recorded.status();
  v1::ChargeResponse response;
  response.set_transaction_id(recorded->id());
  response.set_status(v1::CHARGE_STATUS_SUCCESS);
  response.set_processor_reference(std::string(ledger_.name()) + ":" + recorded->id());
  response.set_processed_at_unix(recorded->created_at_unix());
  return response;
}

// Sends what is recorded, then waits for more, until nobody listens.
Future<Status> Payments::StreamTransactions(ServerContext& context,
                                            v1::TransactionStreamRequest request,
                                            Writer<v1::Transaction>& out) {
  if (Status bad = check(request); !bad.ok()) co_return bad;
  std::size_t next = 0;
  while (!context.cancelled()) {
    Result<Ledger::Page> page = ledger_.read(request.customer_id(), next);
    if (!page) co_return page.status();
    for (const v1::Transaction& transaction : page->transactions) {
      ++next;
      if (transaction.created_at_unix() < request.since_unix()) continue;
      // Waits while the client does not read.
      if (!co_await out.write(transaction)) co_return Status(Code::cancelled, "nobody listens");
    }
    if (page->transactions.empty()) {
      co_await cpp_lite::when_any(std::move(page->change), context.cancelled().wait());
    }
  }
  co_return Status(Code::cancelled, "nobody listens");
}

// Each message is charged like a call of its own to ChargeCard, and shares its keys.
Future<Result<v1::BatchChargeResponse>> Payments::BatchCharge(ServerContext& context,
                                                              Reader<v1::ChargeRequest>& in) {
  v1::BatchChargeResponse response;
  while (std::optional<v1::ChargeRequest> request = co_await in.read()) {
    response.set_total(response.total() + 1);
    auto charged = co_await cpp_lite::execute_keyed<v1::ChargeResponse>(
        context, *this, v1::PaymentService::methods[0], *request);
    if (charged) {
      response.set_succeeded(response.succeeded() + 1);
    } else {
      response.set_failed(response.failed() + 1);
      response.add_failed_idempotency_keys(request->idempotency_key());
    }
  }
  // Reading also ends when the client goes away in the middle.
  if (context.cancelled()) co_return Status(Code::cancelled, "the batch was not complete");
  co_return response;
}

Future<Status> Payments::PaymentChat(ServerContext&, Reader<v1::PaymentMessage>& in,
                                     Writer<v1::PaymentMessage>& out) {
  while (std::optional<v1::PaymentMessage> message = co_await in.read()) {
    v1::PaymentMessage answer;
    answer.set_text("You said: " + message->text());
    if (!co_await out.write(answer)) co_return Status(Code::cancelled, "the client left");
  }
  co_return Status();
}

}  // namespace payments
