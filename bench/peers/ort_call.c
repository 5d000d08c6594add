/* The same ONNX Runtime call from C, on the same session and tensors, through the function table (no header needed).
 * bench/Saki.Bench/OrtCallBench.cs compiles this with cc -O2 -shared -fPIC and calls it in turn with its own loop.
 * Entry 9 of the table is Run(session, run options, input names, inputs, their count, output names, their count, outputs) -> status, null when fine. */
#include <stddef.h>
#include <stdint.h>
#include <time.h>

typedef void *(*run_function)(void *, const void *, const char *const *, const void *const *, size_t, const char *const *, size_t, void **);

/* Nanoseconds that `calls` runs take; 0 when one fails. */
uint64_t ort_call(void **table, void *session, const char *const *input_names, const void *const *inputs, size_t input_count,
                  const char *const *output_names, size_t output_count, void **outputs, int calls) {
    run_function run = (run_function)table[9];
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < calls; i++)
        if (run(session, NULL, input_names, inputs, input_count, output_names, output_count, outputs)) return 0;
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (uint64_t)(to.tv_sec - from.tv_sec) * 1000000000u + (uint64_t)(to.tv_nsec - from.tv_nsec);
}
