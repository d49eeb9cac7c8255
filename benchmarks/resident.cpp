// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a generated network once and prints the largest resident set of the process in KiB.
// INPUT_BYTES and OUTPUT_BYTES are those of its only input and output.
#include "network.h"

#include <cstdio>
#include <cstring>

alignas(64) static unsigned char input[INPUT_BYTES], output[OUTPUT_BYTES];
static unsigned char workspace[NETWORK_WORKSPACE_SIZE + 64];

int main() {
  const void *inputs[] = {input};
  void *outputs[] = {output};
  if (int error = network_run(inputs, outputs, workspace))
    return error;
  std::FILE *status = std::fopen("/proc/self/status", "r");
  if (!status)
    return 1;
  char line[256];
  while (std::fgets(line, sizeof(line), status))
    if (std::strncmp(line, "VmHWM:", 6) == 0)
      std::printf("%s", line + 6);
  std::fclose(status);
}
