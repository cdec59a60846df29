// One of the servers that run.sh gets into trouble.
#pragma once

#include <string>

namespace chaos {

// Serves on that port of the loopback (0: any) until SIGTERM. What takes effect is a line in the
// file. Returns the process's exit code.
int serve(int port, const std::string& effects);

}  // namespace chaos
