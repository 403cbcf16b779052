package dev.lockstep.sql.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * The processor time of processes, this one included, and of all that these begin: user's and
 * system's. From {@code /proc}, where children that have ended are counted with their parents.
 */
public final class ProcessorTime {
  /** Linux counts in hundredths of a second, whatever the clock of its scheduler is. */
  private static final double TICKS_PER_SECOND = 100;

  private final List<Long> processes;
  private double seconds;

  /**
   * @param processes by their numbers, beside this one
   */
  public ProcessorTime(List<Long> processes) {
    this.processes = List.copyOf(processes);
  }

  /** Waits for both times of {@link System#nanoTime()}, and measures between them. */
  public void measure(long fromNanos, long toNanos) {
    sleepUntil(fromNanos);
    double before = now();
    sleepUntil(toNanos);
    seconds = now() - before;
  }

  /** What was measured; 0 where there is no {@code /proc}. */
  public double seconds() {
    return seconds;
  }

  private static void sleepUntil(long nanos) {
    for (long left = nanos - System.nanoTime(); left > 0; left = nanos - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private double now() {
    Stream<ProcessHandle> roots =
        Stream.concat(
            Stream.of(ProcessHandle.current()),
            processes.stream().flatMap(number -> ProcessHandle.of(number).stream()));
    return roots
        .flatMap(root -> Stream.concat(Stream.of(root), root.descendants()))
        .distinct()
        .mapToDouble(ProcessorTime::seconds)
        .sum();
  }

  private static double seconds(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      // Behind the name, which may hold anything: state, and utime, stime, cutime, cstime as the
      // 12th to 15th.
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = 0;
      for (int i = 11; i <= 14; i++) {
        ticks += Long.parseLong(fields[i]);
      }
      return ticks / TICKS_PER_SECOND;
    } catch (IOException e) {
      // It has ended; its parent has its time now.
      return 0;
    }
  }
}
