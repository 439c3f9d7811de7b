// The plain loop that a rule should be as fast as: one pass over memory, one formula a coordinate.
// one_pass RULE N THREADS, then as crates/ravine-optim/examples/step_speed.rs.
#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

static void adam(long n, float *restrict x, const float *restrict g, float *restrict m, float *restrict v, long k) {
    const float b1 = 0.9f, b2 = 0.999f, eps = 1e-8f;
    const float rate = (float)(1e-3 / (1 - pow(0.9, k))), unbias = (float)(1 / (1 - pow(0.999, k)));
#pragma omp parallel for simd schedule(static)
    for (long i = 0; i < n; i++) {
        const float grad = g[i], mean = b1 * m[i] + (1 - b1) * grad, square = b2 * v[i] + (1 - b2) * grad * grad;
        m[i] = mean;
        v[i] = square;
        x[i] -= rate * mean / (sqrtf(square * unbias) + eps);
    }
}

static void momentum(long n, float *restrict x, const float *restrict g, float *restrict v) {
#pragma omp parallel for simd schedule(static)
    for (long i = 0; i < n; i++) {
        const float velocity = 0.9f * v[i] + 1e-3f * g[i];
        v[i] = velocity;
        x[i] -= velocity;
    }
}

int main(int argc, char **argv) {
    if (argc != 4) return 2;
    long n = atol(argv[2]), k = 0, steps;
    omp_set_num_threads(atoi(argv[3]));
    float *x = malloc(4 * n), *g = malloc(4 * n), *m = calloc(n, 4), *v = calloc(n, 4);
    unsigned seed = 1;
    for (long i = 0; i < n; i++) {
        x[i] = rand_r(&seed) / (float)RAND_MAX - 0.5f;
        g[i] = rand_r(&seed) / (float)RAND_MAX - 0.5f;
    }
    while (scanf("%ld", &steps) == 1) {
        printf("[");
        for (long s = 0; s < steps; s++) {
            double before = now();
            if (strcmp(argv[1], "adam") == 0) adam(n, x, g, m, v, ++k);
            else momentum(n, x, g, v);
            printf("%s%.9f", s ? ", " : "", now() - before);
        }
        printf("]\n");
        fflush(stdout);
    }
    return 0;
}
