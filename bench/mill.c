// The arithmetic of models/mill in C, for the yardstick: same equations, same order, same state.
// Standard input: rows, then parameters, a first state, and rows of a step's length and inputs.
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { AXIS_P = 12, X = 43, U = 19, Y = 9, TOOLS = 24 };
enum { pSpindle = 36, pCut = 43, pHeat = 46, pStandby = 59, pSupply = 60, pLoad = 61, pWearSpindle = 65,
       pBearing = 68, pTool = 74, pQuiet = 87 };
enum { uSpeed = 3, uFeed, uDepth, uWidth, uAmbient, uTool, uDiameter, uTeeth, uReplaced, uOn, uRunning, uHeld,
       uStop, uAlarm, uProgram, uParts };
enum { xSpeed = 3, xTemp = 4, xSpindleWear = 7, xBearingWear, xToolWear, xReplaced = 10 + TOOLS, xBehaviour,
       xRunningS, xCuttingS, xCycles, xRan, xQuietS, xPartsSeen, xTurned };
enum { ySpindle = 3, yTemp = 4, yPower = 7, yFlank = 8 };

static const double rad = 2 * M_PI / 60;

static double clamp(double value, double most) { return fmin(most, fmax(-most, value)); }

// --- three nodes ------------------------------------------------------------------------------------------
typedef struct {
  double a[9], value[3], slope[3], mean[3];
} Affine;

static void series(Affine *n, double dt, int count) {
  const double *a = n->a;
  double t0 = n->slope[0] * dt, t1 = n->slope[1] * dt, t2 = n->slope[2] * dt;
  double v0 = t0, v1 = t1, v2 = t2, m0 = t0 / 2, m1 = t1 / 2, m2 = t2 / 2;
  for (int k = 2; k <= count; k++) {
    double share = dt / k;
    double n0 = (a[0] * t0 + a[1] * t1 + a[2] * t2) * share;
    double n1 = (a[3] * t0 + a[4] * t1 + a[5] * t2) * share;
    double n2 = (a[6] * t0 + a[7] * t1 + a[8] * t2) * share;
    t0 = n0, t1 = n1, t2 = n2;
    v0 += n0, v1 += n1, v2 += n2;
    double meanShare = 1.0 / (k + 1);
    m0 += n0 * meanShare, m1 += n1 * meanShare, m2 += n2 * meanShare;
  }
  n->mean[0] = n->value[0] + m0, n->mean[1] = n->value[1] + m1, n->mean[2] = n->value[2] + m2;
  n->value[0] += v0, n->value[1] += v1, n->value[2] += v2;
}

static void multiply(const double *l, const double *r, double *out) {
  for (int row = 0; row < 9; row += 3)
    for (int c = 0; c < 3; c++) out[row + c] = l[row] * r[c] + l[row + 1] * r[c + 3] + l[row + 2] * r[c + 6];
}

static double along(const double *m, int row, const double *v) {
  return m[3 * row] * v[0] + m[3 * row + 1] * v[1] + m[3 * row + 2] * v[2];
}

static void doubling(Affine *n, double dt, double norm) {
  double x[9], f[9], g[9], power[9], product[9];
  int halvings = (int)fmin(200, ceil(log2(norm / 0.5)));
  double h = dt / pow(2, halvings);
  for (int j = 0; j < 9; j++) {
    double identity = j % 4 == 0 ? 1 : 0;
    power[j] = identity * h, f[j] = identity * h, g[j] = (identity * h * h) / 2, x[j] = 0;
  }
  for (int k = 2; k <= 15; k++) {
    multiply(n->a, power, product);
    for (int j = 0; j < 9; j++) {
      power[j] = (product[j] * h) / k;
      f[j] += power[j];
      g[j] += (power[j] * h) / (k + 1);
    }
  }
  multiply(n->a, f, x);
  for (int i = 0; i < halvings; i++) {
    multiply(x, g, product);
    for (int j = 0; j < 9; j++) g[j] = 2 * g[j] + h * f[j] + product[j];
    multiply(x, f, product);
    for (int j = 0; j < 9; j++) f[j] = 2 * f[j] + product[j];
    multiply(x, x, product);
    for (int j = 0; j < 9; j++) x[j] = 2 * x[j] + product[j];
    h *= 2;
  }
  for (int row = 0; row < 3; row++) {
    n->mean[row] = n->value[row] + along(g, row, n->slope) / dt;
    n->value[row] += along(f, row, n->slope);
  }
}

static void advance(Affine *n, double dt) {
  const double *a = n->a;
  double first = fabs(a[0]) + fabs(a[1]) + fabs(a[2]), second = fabs(a[3]) + fabs(a[4]) + fabs(a[5]);
  double third = fabs(a[6]) + fabs(a[7]) + fabs(a[8]);
  double norm = fmax(fmax(first, second), third) * dt;
  if (norm <= 0.5) series(n, dt, norm < 1e-3 ? 5 : 15);
  else doubling(n, dt, norm);
}

// --- heat -------------------------------------------------------------------------------------------------
typedef struct {
  double squareA2, radPerS, dragW, cuttingW, ambient;
} Load;

static double copperW(const double *p, double squareA2, double temp) {
  return squareA2 * p[0] * (1 + p[1] * (temp - 25));
}

static void prepareHeat(const double *p, Load *load, double *a) {
  load->ambient = fmin(100, fmax(-60, load->ambient));
  double toHousing = 1 / p[3], bearingToHousing = 1 / p[9];
  double out = (1 + (p[6] * load->radPerS) / 1000) / p[5];
  double copperPerK = load->squareA2 * p[0] * p[1];
  double winding = 1 / p[2], housing = 1 / p[4], bearing = 1 / p[8];
  a[0] = (copperPerK - toHousing) * winding, a[1] = toHousing * winding, a[2] = 0;
  a[3] = toHousing * housing, a[4] = -(toHousing + bearingToHousing + out) * housing, a[5] = bearingToHousing * housing;
  a[6] = 0, a[7] = bearingToHousing * bearing, a[8] = -(bearingToHousing + 1 / p[10]) * bearing;
}

static double possible(double t) { return t < 2000 ? fmax(-273.15, t) : 2000; }

static void stepHeat(const double *p, const Load *load, Affine *n, double dt) {
  double winding = n->value[0], housing = n->value[1], bearing = n->value[2], speed = load->radPerS / 1000;
  double toHousing = (winding - housing) / p[3], fromBearing = (bearing - housing) / p[9];
  double out = ((housing - load->ambient) * (1 + p[6] * speed)) / p[5];
  double iron = p[7] * speed * sqrt(speed);
  double in = p[11] * load->dragW + p[12] * load->cuttingW, cooled = (bearing - load->ambient) / p[10];
  n->slope[0] = (copperW(p, load->squareA2, winding) - toHousing) / p[2];
  n->slope[1] = (iron + toHousing + fromBearing - out) / p[4];
  n->slope[2] = (in - fromBearing - cooled) / p[8];
  advance(n, dt);
  for (int i = 0; i < 3; i++) n->value[i] = possible(n->value[i]), n->mean[i] = possible(n->mean[i]);
}

// --- wear -------------------------------------------------------------------------------------------------
static double heatFactor(const double *p, double temp) {
  double above = temp - p[1];
  return above <= 0 ? 1 : exp((M_LN2 * above) / p[2]);
}

static double currentFactor(const double *p, double squareA2) {
  double square = squareA2 / (p[0] * p[0]);
  return square <= 1 ? 1 : square * sqrt(square);
}

static double worn(double wear, double more) { return more > 0 ? fmax(wear, fmin(1, wear + more)) : wear; }

static double cuttingRatePerH(const double *p, double rpm, double feed, double depth, double diameter, double teeth) {
  double vc = (M_PI * fmax(1e-6, diameter) * rpm) / 1000, fz = feed / (rpm * fmax(1, teeth));
  double times = p[4] * log(vc / p[3]) + p[6] * log(fmax(1e-6, fz) / p[5]) + p[8] * log(fmax(1e-6, depth) / p[7]);
  double shorter = exp(clamp(times, log(30)));
  double whole = p[9] / p[10] + (p[11] - p[9]) + (1 - p[11]) / p[12];
  return (whole * shorter * 60) / p[2];
}

static double toolWear(const double *p, double wear, double ratePerH, double dt) {
  double calm = (p[0] * p[1] * dt) / 3600;
  if (ratePerH == 0) return worn(wear, calm);
  double runIn = p[9], end = p[11], left = (ratePerH * p[1] * dt) / 3600 + calm, at = wear;
  if (at < runIn) {
    double reach = at + left * p[10];
    if (reach <= runIn) return worn(wear, reach - wear);
    left -= (runIn - at) / p[10];
    at = runIn;
  }
  if (at < end) {
    double reach = at + left;
    if (reach <= end) return worn(wear, reach - wear);
    left -= end - at;
    at = end;
  }
  return worn(wear, at - wear + left * p[12]);
}

static double bearingRatePerH(const double *p, double rpm, double edge, double speed) {
  double ratio = (p[3] + p[4] * edge) / p[2];
  double damage = p[5] == 3 ? ratio * ratio * ratio : pow(ratio, p[5]);
  return ((damage * rpm * 60) / 1e6 + p[0] * speed) * p[1];
}

// --- the machine ------------------------------------------------------------------------------------------
static double drag(const double *p, double omega) { return (p[1] * omega) / sqrt(omega * omega + 1) + p[2] * omega; }

static double squareCurrent(const double *p, double torque) {
  double active = torque / p[4];
  return fmin(p[5] * p[5], active * active + p[3] * p[3]);
}

static double axisCurrent(const double *p, double before, double v, double cut, double dt) {
  if (fabs(v) < 1e-5 && fabs(before) < 1e-5) return 0;
  double side = v / sqrt(v * v + 1e-3 * 1e-3);
  double friction = p[1] * v + p[2] * (side + p[3] * side * side);
  double force = (p[0] * (v - before)) / dt + friction + p[4] + cut;
  return fabs((force * p[5]) / (p[6] * p[7])) / p[8];
}

static void behave(double quietAfter, double *x, const double *u, bool moves, bool turns, bool cuts, double dt) {
  bool on = u[uOn] >= 0.5, ran = x[xRan] >= 0.5;
  double quiet = moves || turns ? 0 : fmin(1e6, x[xQuietS] + dt);
  bool runs = on && (u[uRunning] >= 0 ? u[uRunning] >= 0.5 : turns || (ran && quiet < quietAfter));
  int now = !on ? 0 : u[uStop] >= 0.5 ? 6 : u[uAlarm] >= 0.5 ? 7 : u[uHeld] >= 0.5 ? 5 : cuts ? 4 : runs ? 3 : moves ? 2 : 1;
  if (u[uParts] >= 0) {
    double more = x[xPartsSeen] >= 0 ? u[uParts] - x[xPartsSeen] : 0;
    if (more > 0 && more <= 1000) x[xCycles] += more;
    x[xPartsSeen] = u[uParts];
  } else if (ran && !runs) x[xCycles] += 1;
  if (now == 4) x[xCuttingS] += dt;
  if (now == 4 || now == 3) x[xRunningS] += dt;
  x[xBehaviour] = now, x[xRan] = runs, x[xQuietS] = quiet;
}

static void part(const double *p, double *x, const double *u, double dt, double *y) {
  bool on = u[uOn] >= 0.5, stopped = u[uStop] >= 0.5;
  double before[3], squares = 0;
  for (int i = 0; i < 3; i++) {
    const double *q = p + AXIS_P * i;
    before[i] = clamp(x[i], q[10]);
    double target = clamp(stopped ? 0 : u[i], q[10]), change = q[9] * dt;
    x[i] = fmin(before[i] + change, fmax(before[i] - change, target));
    squares += x[i] * x[i];
  }
  double path = sqrt(squares);

  const double *s = p + pSpindle;
  double rpmBefore = clamp(x[xSpeed], 1e6), change = (s[6] * dt) / rad;
  double rpm = fmin(rpmBefore + change, fmax(rpmBefore - change, clamp(u[uSpeed], 1e6)));
  bool turns = !(fabs(rpm) < 0.1 && fabs(rpmBefore) < 0.1);
  double meanRad = ((rpm + rpmBefore) / 2) * rad;
  x[xSpeed] = rpm;

  double number = floor(u[uTool] + 0.5);
  double *wear = x + xToolWear + (number >= 1 && number <= TOOLS ? (int)number : 0);
  if (u[uReplaced] >= 0 && u[uReplaced] != x[xReplaced]) {
    if (x[xReplaced] >= 0) *wear = 0;
    x[xReplaced] = u[uReplaced];
  }
  double turning = fabs(rpm), feed = 0, power = 0, edge = 0;
  if (on && !stopped && u[uDepth] > 0 && u[uWidth] > 0 && turning >= 10) feed = u[uFeed] == 0 ? path * 60000 : fabs(u[uFeed]);
  if (feed > 0) {
    double was = *wear;
    double rate = cuttingRatePerH(p + pTool, turning, feed, u[uDepth], u[uDiameter], u[uTeeth]);
    *wear = toolWear(p + pTool, was, rate, dt);
    double kc = p[pCut] * (1 + p[pCut + 1] * ((was + *wear) / 2)), omega = turning * rad;
    power = fmin(s[5] * s[4] * omega, (kc * u[uDepth] * u[uWidth] * feed) / 60000);
    edge = fabs(power / omega) / fmax(5e-5, u[uDiameter] / 2000);
  } else if (turns && on) *wear = toolWear(p + pTool, *wear, 0, dt);
  y[yFlank] = 300 * *wear;

  double squareA2 = 0, meanA2 = 0, torque = 0;
  y[ySpindle] = 0;
  if (turns && on) {
    double omega = rpm * rad, beside = (s[0] * (rpm - rpmBefore) * rad) / dt + (power > 0 ? power / omega : 0);
    torque = beside + drag(s, omega);
    squareA2 = squareCurrent(s, torque);
    meanA2 = squareCurrent(s, beside + drag(s, meanRad));
    y[ySpindle] = sqrt(squareA2);
  }

  double push = path > 1e-5 ? (p[pCut + 2] * edge) / path : 0, axesW = 0;
  for (int i = 0; i < 3; i++) {
    const double *q = p + AXIS_P * i;
    double current = on ? axisCurrent(q, before[i], x[i], push * x[i], dt) : 0;
    y[i] = current;
    if (current > 0) axesW += current * fmin(p[pSupply], q[11] * current + q[8] * ((fabs(x[i]) * q[6]) / q[5]));
  }

  Load load = {meanA2, fabs(meanRad), 0, power, u[uAmbient]};
  double meanRpm = load.radPerS / rad;
  load.dragW = drag(s, load.radPerS) * load.radPerS;
  Affine n;
  memcpy(n.value, x + xTemp, sizeof n.value);
  prepareHeat(p + pHeat, &load, n.a);
  double speed = fmax(1, meanRpm / p[pLoad + 3]);
  double bearingPerH = turns ? bearingRatePerH(p + pBearing, meanRpm, edge, speed) : 0;
  double spindlePerH = turns ? p[pWearSpindle] * p[pWearSpindle + 1] * currentFactor(p + pLoad, meanA2) * speed : 0;
  int pieces = (int)fmin(64, ceil(dt / 2));
  double hours = dt / pieces / 3600, spindleMore = 0, bearingMore = 0;
  double turned = fabs(rpm) >= 100 ? 1 : fabs(rpm) < 10 ? 0 : x[xTurned];
  if (turned > x[xTurned]) spindleMore = p[pWearSpindle + 1] / p[pWearSpindle + 2];
  x[xTurned] = turned;
  for (int i = 0; i < pieces; i++) {
    stepHeat(p + pHeat, &load, &n, dt / pieces);
    spindleMore += spindlePerH * heatFactor(p + pLoad, n.mean[0]) * hours;
    bearingMore += bearingPerH * heatFactor(p + pLoad, n.mean[2]) * hours;
  }
  x[xSpindleWear] = worn(x[xSpindleWear], spindleMore);
  x[xBearingWear] = worn(x[xBearingWear], bearingMore);
  for (int i = 0; i < 3; i++) x[xTemp + i] = y[yTemp + i] = n.value[i];

  y[yPower] = on ? p[pStandby] + axesW + fabs(torque * rpm * rad) + copperW(p + pHeat, squareA2, y[yTemp]) : 0;
  behave(p[pQuiet], x, u, path > 1e-5, turns, feed > 0, dt);
}

__attribute__((noinline)) void step(const double *p, double *x, const double *u, double dt, double *y) {
  double firstS = 0;
  if (dt > 1) {
    double seconds = (fabs(clamp(u[uSpeed], 1e6) - clamp(x[xSpeed], 1e6)) * rad) / p[pSpindle + 6];
    if (seconds < (1 - 1e-9) * dt) firstS = seconds;
  }
  int runUps = (int)fmin(16, ceil(firstS / 0.1));
  for (int i = 0; i < runUps; i++) part(p, x, u, firstS / runUps, y);
  part(p, x, u, dt - firstS, y);
}

static double *take(size_t count) {
  double *numbers = malloc(sizeof(double) * count);
  if (fread(numbers, sizeof(double), count, stdin) != count) exit(1);
  return numbers;
}

// `mill MACHINES ROUNDS`: ns a step over the rows, again and again. `mill 1 0`: one machine once over the rows, and
// what it is after that.
int main(int argc, char **argv) {
  if (argc != 3) return 2;
  size_t machines = (size_t)atol(argv[1]), rounds = (size_t)atol(argv[2]);
  size_t count = (size_t)*take(1);
  double *parameters = take(pQuiet + 1), *state = take(X), *rows = take(count * (U + 1));
  double *p = malloc(sizeof(double) * (pQuiet + 1) * machines), *x = malloc(sizeof(double) * X * machines);
  double *y = calloc(Y * machines, sizeof(double));
  for (size_t m = 0; m < machines; m++) {
    memcpy(p + m * (pQuiet + 1), parameters, sizeof(double) * (pQuiet + 1));
    memcpy(x + m * X, state, sizeof(double) * X);
  }
  if (rounds == 0) {
    for (size_t r = 0; r < count; r++) step(p, x, rows + r * (U + 1) + 1, rows[r * (U + 1)], y);
    for (int i = 0; i < X; i++) printf("%.17g ", x[i]);
    for (int i = 0; i < Y; i++) printf("%.17g ", y[i]);
    return 0;
  }
  struct timespec a, b;
  double best = 1e30;
  for (int pass = 0; pass < 5; pass++) {
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (size_t r = 0; r < rounds; r++) {
      const double *row = rows + (r % count) * (U + 1);
      for (size_t m = 0; m < machines; m++) step(p + m * (pQuiet + 1), x + m * X, row + 1, row[0], y + m * Y);
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    double ns = ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / ((double)rounds * machines);
    if (ns < best) best = ns;
  }
  printf("%.3f\n", best);
  return 0;
}
