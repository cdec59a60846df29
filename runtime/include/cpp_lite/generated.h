// What generated code includes, and the check that it and this runtime fit together.
#pragma once

#include <cpp_lite/client.h>
#include <cpp_lite/handler.h>
#include <cpp_lite/method.h>

// The newest contract that this runtime offers to generated code, and the oldest it still serves.
// Raised only when generated code calls something new; code that does not call it asks for less.
// 1: the beginning. 2: routes of keyed methods name a KeyPolicy. 3: handlers hold descriptors.
#define CPP_LITE_GENERATED_API 3
#define CPP_LITE_GENERATED_API_OLDEST 1
