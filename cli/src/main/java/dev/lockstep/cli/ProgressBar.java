package dev.lockstep.cli;

import java.io.PrintWriter;
import java.util.Locale;

/** A line in a terminal that shows how far something is. Not thread-safe. */
final class ProgressBar {
  private static final int WIDTH = 40;
  private static final long REDRAW_NANOS = 100_000_000;

  private final PrintWriter out;
  private final long total;
  private final long begin = System.nanoTime();
  private long drawn = begin - REDRAW_NANOS;

  ProgressBar(PrintWriter out, long total) {
    this.out = out;
    this.total = total;
  }

  /** Draws the bar again, unless that has just been done. */
  void update(long done, long entries) {
    long now = System.nanoTime();
    if (now - drawn >= REDRAW_NANOS) {
      drawn = now;
      draw(done, entries, now);
    }
  }

  /** Draws the bar for the last time and ends its line. */
  void end(long done, long entries) {
    draw(done, entries, System.nanoTime());
    out.println();
    out.flush();
  }

  private void draw(long done, long entries, long now) {
    double part = total <= 0 ? 1 : Math.min(1, (double) done / total);
    int filled = (int) (part * WIDTH);
    double seconds = Math.max(1e-3, (now - begin) / 1e9);
    out.print(
        String.format(
            Locale.ROOT,
            "\r[%s%s] %3d %%  %d entries, %.0f/s ",
            "#".repeat(filled),
            "-".repeat(WIDTH - filled),
            (int) (100 * part),
            entries,
            entries / seconds));
    out.flush();
  }
}
