#include <cpp_lite/executor.h>

namespace cpp_lite::detail {

namespace {
const Scope kNoScope{};
thread_local const Scope* scope = &kNoScope;
}  // namespace

const Scope* current_scope() { return scope; }
void set_current_scope(const Scope* next) { scope = next; }

}  // namespace cpp_lite::detail
