#include "sqlite/steps.h"

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "idempotency/answered_transaction.h"
#include "idempotency/state.h"
#include "sqlite/turn.h"

namespace cpp_lite::sqlite {
namespace {

using idempotency::Acquired;
using idempotency::BeginArgs;
using idempotency::BeginResult;
using idempotency::CompleteResult;
using idempotency::FenceResult;
using idempotency::Step;
using idempotency::Transaction;

// What begin() comes to, before anything is written.
struct Decision {
  std::optional<Row> before;
  Step<BeginResult> step;
};

Result<Decision> decide(Session& session, const BeginArgs& args) {
  auto found = session.find(args.id, Want::result);
  if (!found.ok()) return found.status();
  Decision decision{*std::move(found), {}};
  const Record* before = decision.before ? &decision.before->record : nullptr;
  decision.step = idempotency::begin(before, args, session.now());
  if (before != nullptr) return decision;
  auto why = session.no_room_for(*decision.step.record, args.quota);
  if (!why.ok()) return why.status();
  if (why->has_value()) decision.step = {idempotency::Full{**why}};
  return decision;
}

Status write(Session& session, const BeginArgs& args, Decision& decision) {
  if (!decision.step.write) return {};
  return session.write(args.id, decision.before, std::move(decision.step.record));
}

class OpenOperation final : public Operation {
 public:
  OpenOperation(std::weak_ptr<Writer> writer, BeginArgs args)
      : writer_(std::move(writer)), args_(std::move(args)) {}
  Future<Result<std::unique_ptr<Transaction>>> future() { return promise_.future(); }

  bool writes() const override { return true; }

  Status run(Session& session) override {
    auto decision = decide(session, args_);
    if (!decision.ok()) {
      begun_ = decision.status();
      return failure_of(decision, session);
    }
    begun_ = decision->step.answer;
    if (const auto* acquired = std::get_if<Acquired>(&decision->step.answer)) {
      return lend(session, *decision, *acquired);
    }
    if (Status status = write(session, args_, *decision); !status.ok()) {
      begun_ = status;
      return failure_of(status, session);
    }
    return {};
  }

  void answer() override {
    if (promise_ && begun_.ok()) promise_.set(idempotency::answered_transaction("sqlite", *begun_));
    if (promise_) promise_.set(as_unavailable(begun_.status()));
    if (completed_) completed_->set(std::move(completion_));
    if (withdrawn_) withdrawn_->set(FenceResult::done);
  }

  void fail(const Status& why, bool undone) override {
    if (promise_) promise_.set(as_unavailable(why));
    if (completed_) {
      completed_->set(undone ? Status(Code::aborted, why.message()) : as_unavailable(why));
    }
    if (withdrawn_) withdrawn_->set(FenceResult::done);  // it never wrote anything
  }

 private:
  using Opened = Result<std::unique_ptr<Transaction>>;

  // Nothing is written of the claim: until the commit nobody could see it, and should the commit
  // not come, none must be left.
  Status lend(Session& session, const Decision& decision, const Acquired& acquired) {
    std::shared_ptr<Writer> writer = writer_.lock();
    if (writer == nullptr) {
      begun_ = Status(Code::unavailable, "sqlite: the store is being closed");
      return {};
    }
    if (Status status = session.begin_effect(); !status.ok()) return status;
    const auto turn = std::make_shared<Turn>();
    const auto patience = writer->patience();
    promise_.set(open_transaction(acquired, turn, session.database(), std::move(writer)));
    if (!turn->wait_taken(patience)) return take_back_effect(session);
    std::optional<Ending> ending = turn->wait(args_.lease);
    if (!ending) {
      session.abandon();
      return {Code::unavailable, "sqlite: a handler held the transaction beyond its lease"};
    }
    session.database()->take_back();
    if (auto* completion = std::get_if<Completion>(&*ending)) {
      completed_ = std::move(completion->promise);
      return complete(session, decision, *completion);
    }
    withdrawn_ = std::move(std::get<Withdrawal>(*ending).promise);
    return take_back_effect(session);
  }

  Status complete(Session& session, const Decision& decision, Completion& completion) {
    session.refresh_clock();
    Step<CompleteResult> step =
        idempotency::complete(&*decision.step.record, args_.token, std::move(completion.result),
                              completion.ttl, session.now());
    completion_ = step.answer;
    const bool fits = step.answer == CompleteResult::completed;
    if (!fits || !completion.keep_effect) {
      if (Status status = take_back_effect(session); !status.ok()) return status;
      return fits ? write_result(session, decision, step) : Status();
    }
    if (session.in_transaction() && session.database()->breaks_foreign_keys()) {
      completion_ = Status(Code::aborted,
                           "sqlite: the effect breaks foreign keys: everything was "
                           "taken back");
      return take_back_effect(session);
    }
    if (Status status = keep_effect(session); !status.ok()) return status;
    return write_result(session, decision, step);
  }

  Status write_result(Session& session, const Decision& decision, Step<CompleteResult>& step) {
    return session.write(args_.id, decision.before, std::move(step.record));
  }

  // A transaction that is no more, and with it what came before in it: others fail, too.
  static Status ended_by_handler() {
    return {Code::unavailable,
            "sqlite: the transaction ended while a handler had it (a conflict with ROLLBACK, a "
            "full disk, or an I/O error): everything was taken back"};
  }
  static Status take_back_effect(Session& session) {
    return session.in_transaction() ? session.take_back_effect() : ended_by_handler();
  }
  static Status keep_effect(Session& session) {
    return session.in_transaction() ? session.keep_effect() : ended_by_handler();
  }

  const std::weak_ptr<Writer> writer_;
  const BeginArgs args_;
  detail::Promise<Opened> promise_;
  Result<BeginResult> begun_ = Status(Code::internal, "not run");

  // Of a handler that has had its turn.
  std::optional<detail::Promise<Result<CompleteResult>>> completed_;
  Result<CompleteResult> completion_ = Status(Code::internal, "not run");
  std::optional<detail::Promise<Result<FenceResult>>> withdrawn_;
};

}  // namespace

Result<BeginResult> begin(Session& session, BeginArgs& args) {
  // Most keys are new. To insert one tells whether it is.
  if (args.quota == idempotency::Quota()) {
    Step<BeginResult> first = idempotency::begin_first(args, session.now());
    const Result<bool> inserted = session.insert(args.id, *first.record);
    if (!inserted.ok()) return inserted.status();
    if (*inserted) return std::move(first.answer);
    args.owner = std::move(first.record->owner);
    args.label = std::move(first.record->label);
  }
  auto decision = decide(session, args);
  if (!decision.ok()) return decision.status();
  if (Status status = write(session, args, *decision); !status.ok()) return status;
  return std::move(decision->step.answer);
}

Future<Result<std::unique_ptr<Transaction>>> open(const std::shared_ptr<Writer>& writer,
                                                  BeginArgs args) {
  auto operation = std::make_unique<OpenOperation>(writer, std::move(args));
  auto future = operation->future();
  writer->submit(std::move(operation));
  return future;
}

}  // namespace cpp_lite::sqlite
