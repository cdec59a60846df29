#include <cpp_lite/executor.h>

#include "base/no_destroy.h"

namespace cpp_lite::detail {

namespace {
constinit base::NoDestroy<const Scope> nowhere;
thread_local constinit const Scope* scope = nullptr;
}  // namespace

const Scope* no_scope() { return &nowhere.get(); }
const Scope* current_scope() { return scope != nullptr ? scope : no_scope(); }
void set_current_scope(const Scope* next) { scope = next; }

}  // namespace cpp_lite::detail
