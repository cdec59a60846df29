#include "idempotency/answered_transaction.h"

#include <string>
#include <utility>

namespace cpp_lite::idempotency {
namespace {

class AnsweredTransaction final : public Transaction {
 public:
  AnsweredTransaction(std::string_view kind, BeginResult answer)
      : kind_(kind), answer_(std::move(answer)) {}

  const BeginResult& begun() const override { return answer_; }
  std::string_view kind() const override { return kind_; }
  void* handle() override { return nullptr; }
  Future<Result<CompleteResult>> complete(StoredResult, Milliseconds, bool) override {
    return Result<CompleteResult>(no_open_transaction(kind_));
  }
  Future<Result<FenceResult>> release() override {
    return Result<FenceResult>(no_open_transaction(kind_));
  }

 private:
  const std::string_view kind_;
  const BeginResult answer_;
};

}  // namespace

std::unique_ptr<Transaction> answered_transaction(std::string_view kind, BeginResult answer) {
  return std::make_unique<AnsweredTransaction>(kind, std::move(answer));
}

Status no_open_transaction(std::string_view kind) {
  return {Code::failed_precondition,
          std::string(kind) + ": there is no open transaction, or it has ended"};
}

}  // namespace cpp_lite::idempotency
