#include "io/thread.h"

#include <pthread.h>
#include <signal.h>

#include <utility>

namespace cpp_lite::io {

std::thread start_thread(const char* name, Task body) {
  // A thread inherits the mask of the one that starts it.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread([body = std::move(body)]() mutable { body(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread.native_handle(), name);
  return thread;
}

}  // namespace cpp_lite::io
