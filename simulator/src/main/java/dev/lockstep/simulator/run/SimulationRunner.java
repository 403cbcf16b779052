package dev.lockstep.simulator.run;

import dev.lockstep.simulator.Tracer;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.plan.Restrictions;
import dev.lockstep.simulator.plan.RunConfig;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * Runs a range of seeds on some threads. Results are taken in the order of the seeds, so that a
 * checkpoint is a seed up to which everything is done.
 */
public final class SimulationRunner {
  private static final long PROGRESS_MILLIS = 5_000;
  private static final long CHECKPOINT_MILLIS = 10_000;

  /**
   * What to run.
   *
   * @param last inclusive
   * @param variant {@link Variant#standard()}, or a mutant
   * @param checkpoint file to take up from and to write to now and then; null for none
   * @param progress gets a line now and then, and each finding; null for none
   * @param failuresMax stop after so many findings
   */
  public record Options(
      long first,
      long last,
      Restrictions restrictions,
      Variant variant,
      int threads,
      Path checkpoint,
      PrintStream progress,
      int failuresMax) {

    /** Two threads, standard rules, no checkpoint, progress to the given stream. */
    public static Options of(
        long first, long last, Restrictions restrictions, PrintStream progress) {
      return new Options(
          first, last, restrictions, Variant.standard(), 2, null, progress, Integer.MAX_VALUE);
    }

    public Options withThreads(int number) {
      return new Options(
          first, last, restrictions, variant, number, checkpoint, progress, failuresMax);
    }

    public Options withCheckpoint(Path file) {
      return new Options(first, last, restrictions, variant, threads, file, progress, failuresMax);
    }

    public Options withVariant(Variant other) {
      return new Options(
          first, last, restrictions, other, threads, checkpoint, progress, failuresMax);
    }

    public Options withFailuresMax(int number) {
      return new Options(first, last, restrictions, variant, threads, checkpoint, progress, number);
    }
  }

  private final Options options;
  private final Summary summary = new Summary();
  private final TreeMap<Long, RunResult> early = new TreeMap<>();

  /** The next seed that a thread takes. */
  private long next;

  /** All seeds below are in the summary. */
  private long done;

  private int failures;
  private boolean stopped;
  private Throwable broken;
  private long wallStart;
  private long lastProgress;
  private long lastCheckpoint;

  public SimulationRunner(Options options) {
    this.options = options;
    next = options.first();
    done = options.first();
  }

  /** Runs one seed. */
  public static RunResult runOne(
      long seed, Restrictions restrictions, Variant variant, Tracer tracer) {
    return Simulation.checked(RunConfig.draw(seed, restrictions), variant, tracer).run();
  }

  /** Runs everything and returns the figures. */
  public Summary run() {
    restore();
    wallStart = System.currentTimeMillis();
    lastProgress = wallStart;
    lastCheckpoint = wallStart;
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < options.threads(); i++) {
      Thread thread = new Thread(this::work, "simulation-" + i);
      thread.start();
      threads.add(thread);
    }
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      synchronized (this) {
        stopped = true;
      }
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      if (broken != null) {
        throw new IllegalStateException("the simulator itself failed", broken);
      }
      tallyWallTime();
      checkpoint();
    }
    return summary;
  }

  private void work() {
    while (true) {
      long seed;
      synchronized (this) {
        if (stopped || next > options.last()) {
          return;
        }
        seed = next++;
      }
      try {
        RunResult result = runOne(seed, options.restrictions(), options.variant(), null);
        synchronized (this) {
          take(seed, result);
        }
      } catch (RuntimeException | Error e) {
        synchronized (this) {
          stopped = true;
          broken = new IllegalStateException("seed " + seed, e);
        }
        return;
      }
    }
  }

  private void take(long seed, RunResult result) {
    early.put(seed, result);
    while (!early.isEmpty() && early.firstKey() == done && !isFull()) {
      RunResult following = early.pollFirstEntry().getValue();
      done++;
      summary.add(following);
      if (following.violation() != null) {
        failures++;
        report(following);
      }
    }
    stopped |= isFull();
    long now = System.currentTimeMillis();
    if (options.progress() != null && now - lastProgress >= PROGRESS_MILLIS) {
      lastProgress = now;
      options
          .progress()
          .printf(
              "seed %d of %d-%d, %d violations, %d stalls, %.1f s%n",
              done - 1,
              options.first(),
              options.last(),
              summary.violations(),
              summary.stalls(),
              (now - wallStart) / 1e3);
    }
    if (now - lastCheckpoint >= CHECKPOINT_MILLIS) {
      lastCheckpoint = now;
      checkpoint();
    }
  }

  private boolean isFull() {
    return failures >= options.failuresMax();
  }

  private void report(RunResult result) {
    if (options.progress() != null) {
      options
          .progress()
          .printf(
              "seed %d: %s%n  %s%n",
              result.config().seed(), result.violation().getMessage(), result.command());
    }
  }

  private long tallied;

  private void tallyWallTime() {
    long spent = System.currentTimeMillis() - wallStart;
    summary.addWallMillis(spent - tallied);
    tallied = spent;
  }

  // ---- checkpoints

  private String header() {
    return "lockstep-sim " + options.first() + options.restrictions().options();
  }

  private void checkpoint() {
    if (options.checkpoint() == null) {
      return;
    }
    tallyWallTime();
    List<String> lines = new ArrayList<>();
    lines.add(header());
    lines.add("done " + done);
    lines.addAll(summary.save());
    Path temporary = options.checkpoint().resolveSibling(options.checkpoint().getFileName() + "~");
    try {
      Files.write(temporary, lines);
      Files.move(
          temporary,
          options.checkpoint(),
          StandardCopyOption.REPLACE_EXISTING,
          StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void restore() {
    if (options.checkpoint() == null || !Files.exists(options.checkpoint())) {
      return;
    }
    try {
      List<String> lines = Files.readAllLines(options.checkpoint());
      if (lines.size() < 2 || !lines.get(0).equals(header())) {
        throw new IllegalArgumentException(
            options.checkpoint() + " is of other runs than these: " + header());
      }
      done = Long.parseLong(lines.get(1).substring("done ".length()));
      next = done;
      summary.restore(lines);
      failures = (int) (summary.violations() + summary.stalls());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
