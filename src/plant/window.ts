// What a device keeps of the samples between two messages: a mean, or how hard and how far it shook.

export interface Mean {
  add(value: number): void;
  /** The mean since the last take; 0 when there was nothing. */
  take(): number;
}

export function newMean(): Mean {
  let sum = 0;
  let count = 0;
  return {
    add(value) {
      sum += value;
      count++;
    },
    take() {
      const mean = count === 0 ? 0 : sum / count;
      sum = 0;
      count = 0;
      return mean;
    },
  };
}

export interface Peaks {
  add(value: number): void;
  take(): { rms: number; peak: number };
}

export function newPeaks(): Peaks {
  const squares = newMean();
  let peak = 0;
  return {
    add(value) {
      squares.add(value * value);
      peak = Math.max(peak, Math.abs(value));
    },
    take() {
      const shaken = { rms: Math.sqrt(squares.take()), peak };
      peak = 0;
      return shaken;
    },
  };
}
