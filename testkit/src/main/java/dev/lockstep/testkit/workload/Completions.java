package dev.lockstep.testkit.workload;

import java.util.Arrays;

/** When operations were completed, by {@link System#nanoTime}. Safe for any number of threads. */
public final class Completions {
  private static final long MILLI = 1_000_000;

  private long[] times = new long[1 << 14];
  private int size;

  synchronized void add() {
    if (size == times.length) {
      times = Arrays.copyOf(times, 2 * size);
    }
    // Taken under the lock, so that times ascend.
    times[size++] = System.nanoTime();
  }

  /** How many there were. */
  public synchronized int count() {
    return size;
  }

  /** How many there were in {@code [from, to)}. */
  public synchronized int count(long from, long to) {
    return indexOf(to) - indexOf(from);
  }

  /** First one that is not before the moment. */
  private int indexOf(long moment) {
    int index = Arrays.binarySearch(times, 0, size, moment);
    return index >= 0 ? index : -index - 1;
  }

  /** The longest time within {@code [from, to]} in which none was completed, in milliseconds. */
  public synchronized long longestGapMillis(long from, long to) {
    long longest = 0;
    long last = from;
    for (int i = indexOf(from); i < size && times[i] <= to; i++) {
      longest = Math.max(longest, times[i] - last);
      last = times[i];
    }
    return Math.max(longest, to - last) / MILLI;
  }

  /** Per second, in each piece of this length from {@code from} to {@code to}. */
  public double[] rates(long from, long to, long pieceNanos) {
    double[] rates = new double[(int) Math.max(0, (to - from) / pieceNanos)];
    for (int i = 0; i < rates.length; i++) {
      long start = from + i * pieceNanos;
      rates[i] = count(start, start + pieceNanos) * 1e9 / pieceNanos;
    }
    return rates;
  }

  /** The median of the {@link #rates}; 0 if there are none. */
  public double medianRate(long from, long to, long pieceNanos) {
    double[] rates = rates(from, to, pieceNanos);
    if (rates.length == 0) {
      return 0;
    }
    Arrays.sort(rates);
    int middle = rates.length / 2;
    return rates.length % 2 == 1 ? rates[middle] : (rates[middle - 1] + rates[middle]) / 2;
  }
}
