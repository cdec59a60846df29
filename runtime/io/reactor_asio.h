// Asio, as io/ uses it: an event loop over descriptors, timers and signals, and nothing else of it.
#pragma once

// A program that links this library statically may use an Asio of its own, of another version or
// with other settings. Header-only code of both in one namespace would be merged by the linker, so
// ours gets names of its own.
#define asio cpp_lite_asio
#define asio_signal_handler cpp_lite_asio_signal_handler
#define asio_detail_posix_thread_function cpp_lite_asio_detail_posix_thread_function
#define ASIO_STANDALONE
#define ASIO_NO_DEPRECATED
// Memory fences around handlers, on top of the mutex that hands them over: not needed, and unknown
// to the thread sanitizer.
#define ASIO_DISABLE_FENCED_BLOCK

#include <asio/error_code.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>
