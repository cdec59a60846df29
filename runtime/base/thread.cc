#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace cpp_lite::detail {

std::thread start_thread(const char* name, Task body) {
  // A thread inherits the mask of the one that starts it.
  sigset_t blocked;
  sigset_t before;
  sigfillset(&blocked);
  // The thread's own faults: blocked, they would end the program past its crash handlers.
  for (const int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS}) {
    sigdelset(&blocked, fault);
  }
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  std::thread thread([body = std::move(body)]() mutable { body(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace cpp_lite::detail
