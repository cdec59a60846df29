// Marks the symbols that a shared build of the library exports; everything else is hidden.
#pragma once

#if defined(_WIN32)
#define CPP_LITE_API
#else
#define CPP_LITE_API [[gnu::visibility("default")]]  // this spelling can stand beside [[nodiscard]]
#endif
