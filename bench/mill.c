// The arithmetic of models/mill in C, for the yardstick: same equations, same order, same state.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { P = 37, X = 5, U = 8, Y = 5 };

static double axis(const double *p, double before, double v, double dt) {
  double aMax = p[8];
  double a = fmin(aMax, fmax(-aMax, (v - before) / dt));
  if (fabs(v) < 1e-5 && fabs(before) < 1e-5) return 0;
  double friction = p[1] * v + (p[2] * v) / sqrt(v * v + 1e-3 * 1e-3);
  double force = p[0] * a + friction + p[3];
  double torque = (force * p[4]) / (p[5] * p[6]);
  return fabs(torque) / p[7];
}

static double spindle(const double *p, double before, double rpm, double power, double dt) {
  const double k = 2 * M_PI / 60;
  if (fabs(rpm) < 0.1 && fabs(before) < 0.1) return 0;
  double omega = rpm * k;
  double alpha = ((rpm - before) * k) / dt;
  double drag = (p[1] * omega) / sqrt(omega * omega + 1) + p[2] * omega;
  double cutting = fabs(rpm) < 10 ? 0 : power / omega;
  return fmin(fabs(p[0] * alpha + drag + cutting) / p[3], p[4]);
}

static double winding(const double *p, double temp, double current, double ambient, double dt) {
  double copper = current * current * p[0];
  double slope = (copper * (1 + p[1] * (temp - 25)) - (temp - ambient) / p[2]) / p[3];
  double rate = (1 / p[2] - copper * p[1]) / p[3];
  double held = fabs(rate * dt) < 1e-9 ? dt : -expm1(-rate * dt) / rate;
  return temp + slope * held;
}

__attribute__((noinline)) void step(const double *p, double *x, const double *u, double dt, double *y) {
  for (int i = 0; i < 3; i++) {
    y[i] = axis(p + 9 * i, x[i], u[i], dt);
    x[i] = u[i];
  }
  double power = (p[32] * u[5] * u[6] * fabs(u[4])) / 60000;
  double current = spindle(p + 27, x[3], u[3], power, dt);
  x[3] = u[3];
  x[4] = winding(p + 33, x[4], current, u[7], dt);
  y[3] = current;
  y[4] = x[4];
}

int main(int argc, char **argv) {
  int machines = atoi(argv[1]);
  int rounds = atoi(argv[2]);
  double *p = malloc(sizeof(double) * P * machines), *x = calloc(X * machines, sizeof(double));
  double *u = malloc(sizeof(double) * U * machines), *y = malloc(sizeof(double) * Y * machines);
  // Parameters and inputs arrive on standard input, so that both sides compute on the same numbers.
  double one[P + X + U];
  if (fread(one, sizeof(double), P + X + U, stdin) != P + X + U) return 1;
  for (int m = 0; m < machines; m++) {
    for (int i = 0; i < P; i++) p[m * P + i] = one[i];
    for (int i = 0; i < X; i++) x[m * X + i] = one[P + i];
    for (int i = 0; i < U; i++) u[m * U + i] = one[P + X + i];
  }
  struct timespec a, b;
  double best = 1e30;
  for (int pass = 0; pass < 5; pass++) {
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (int r = 0; r < rounds; r++)
      for (int m = 0; m < machines; m++) {
        u[m * U + 3] = 6000 + (r & 7);
        step(p + m * P, x + m * X, u + m * U, 0.1, y + m * Y);
      }
    clock_gettime(CLOCK_MONOTONIC, &b);
    double ns = ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / ((double)rounds * machines);
    if (ns < best) best = ns;
  }
  printf("%.3f %.17g\n", best, y[Y * (machines - 1) + 4]);
  return 0;
}
