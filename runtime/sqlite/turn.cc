#include "sqlite/turn.h"

#include <string_view>

#include "idempotency/answered_transaction.h"

namespace cpp_lite::sqlite {
namespace {

using idempotency::BeginResult;
using idempotency::CompleteResult;
using idempotency::FenceResult;

class OpenTransaction final : public idempotency::Transaction {
 public:
  OpenTransaction(idempotency::Acquired begun, std::shared_ptr<Turn> turn,
                  std::shared_ptr<Database> database, std::shared_ptr<Writer> writer)
      : begun_(begun),
        turn_(std::move(turn)),
        database_(std::move(database)),
        writer_(std::move(writer)) {}
  ~OpenTransaction() override {
    if (turn_ == nullptr) return;
    Ending ending = Withdrawal();
    turn_->end(ending);
  }

  const BeginResult& begun() const override { return begun_; }
  bool take() override {
    taken_ = taken_ || (turn_ != nullptr && turn_->take());
    return taken_;
  }
  std::string_view kind() const override { return "sqlite"; }
  void* handle() override { return take() && database_ != nullptr ? database_->handle() : nullptr; }

  Future<Result<CompleteResult>> complete(idempotency::StoredResult result,
                                          idempotency::Milliseconds ttl,
                                          bool keep_effect) override {
    return end<CompleteResult>(Completion{std::move(result), ttl, keep_effect});
  }
  Future<Result<FenceResult>> release() override { return end<FenceResult>(Withdrawal()); }

 private:
  template <typename Answer, typename How>
  Future<Result<Answer>> end(How how) {
    if (turn_ == nullptr) return Result<Answer>(idempotency::no_open_transaction(kind()));
    // The writer may go on at once, so the connection is given back first; should the time be over,
    // it is closed here, by its last holder.
    database_.reset();
    const std::shared_ptr<Turn> turn = std::move(turn_);
    Future<Result<Answer>> future = how.promise.future();
    Ending ending = std::move(how);
    if (turn->end(ending)) return future;
    return Result<Answer>(Status(Code::aborted,
                                 "sqlite: the transaction was held beyond its lease: everything "
                                 "was taken back"));
  }

  const BeginResult begun_;
  bool taken_ = false;
  std::shared_ptr<Turn> turn_;  // null: ended
  std::shared_ptr<Database> database_;
  const std::shared_ptr<Writer> writer_;
};

}  // namespace

std::unique_ptr<idempotency::Transaction> open_transaction(idempotency::Acquired begun,
                                                           std::shared_ptr<Turn> turn,
                                                           std::shared_ptr<Database> database,
                                                           std::shared_ptr<Writer> writer) {
  return std::make_unique<OpenTransaction>(begun, std::move(turn), std::move(database),
                                           std::move(writer));
}

}  // namespace cpp_lite::sqlite
