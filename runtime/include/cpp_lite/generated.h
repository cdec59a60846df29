// What generated code includes, and the check that it and this runtime fit together.
#pragma once

#include <cpp_lite/client.h>
#include <cpp_lite/handler.h>
#include <cpp_lite/method.h>

// The newest contract that this runtime offers to generated code, and the oldest it still serves.
// Raised only when generated code calls something new.
#define CPP_LITE_GENERATED_API 1
#define CPP_LITE_GENERATED_API_OLDEST 1
