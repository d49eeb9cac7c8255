/* A C11 program that calls the package: right results, an unaligned workspace, and each reason to refuse. */
#include "net.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  static unsigned char memory[NET_WORKSPACE_SIZE + 64];
  float data[5] = {1, 2, 3, 4, 0}, prob[4];
  int64_t numbers[4] = {1, 2, 3, -4};
  bool signs[4];
  const void *inputs[NET_INPUT_COUNT] = {data, numbers};
  void *outputs[NET_OUTPUT_COUNT] = {prob, signs};
  for (int shift = 0; shift < 64; ++shift) {
    memset(prob, 0, sizeof prob);
    if (net_run(inputs, outputs, memory + shift) != net_ok || prob[3] != 12 || signs[3] || !signs[0])
      return 1;
  }
  if (net_run(NULL, outputs, memory) != net_null_pointer || net_run(inputs, outputs, NULL) != net_null_pointer)
    return 2;
  inputs[0] = (const char *)data + 1;
  if (net_run(inputs, outputs, memory) != net_misaligned)
    return 3;
  inputs[0] = NULL;
  if (net_run(inputs, outputs, memory) != net_null_pointer)
    return 4;
  printf("%s %s %d %zu %zu\n", net_inputs[1].name, net_inputs[1].type, (int)net_outputs[0].rank,
         net_outputs[0].shape[1], net_workspace_size());
  return 0;
}
