package dev.lockstep.benchmarks;

import java.io.BufferedWriter;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a history, one JSON object per line, in the order in which things happened: see
 * docs/benchmarks.md. Safe for any number of threads.
 */
final class HistoryWriter implements Closeable {
  private final BufferedWriter out;
  private final StringBuilder line = new StringBuilder(128);
  private long begin;
  private boolean begun;
  private IOException failure;

  /** Makes the file, or empties it. */
  HistoryWriter(Path file) throws IOException {
    out = Files.newBufferedWriter(file);
  }

  /**
   * Before a call is made ("invoke"), and after its outcome is known ("ok", "fail", "info").
   *
   * @param value as JSON
   * @param error why it failed, or null
   */
  synchronized void write(
      long process, String type, String operation, String key, String value, String error) {
    // Read under the lock, so that the order of the lines is that of their times.
    long now = System.nanoTime();
    if (!begun) {
      begin = now;
      begun = true;
    }
    line.setLength(0);
    line.append("{\"process\":").append(process);
    text("type", type);
    text("f", operation);
    text("key", key);
    line.append(",\"value\":").append(value);
    if (error != null) {
      text("error", error);
    }
    line.append(",\"time\":").append(now - begin).append("}\n");
    try {
      out.append(line);
    } catch (IOException e) {
      failure = failure == null ? e : failure;
    }
  }

  /** All texts are words of ours: there is nothing to escape. */
  private void text(String name, String word) {
    line.append(",\"").append(name).append("\":\"").append(word).append('"');
  }

  /**
   * Writes what is left.
   *
   * @throws IOException if anything could not be written, also if that was earlier
   */
  @Override
  public synchronized void close() throws IOException {
    out.close();
    if (failure != null) {
      throw failure;
    }
  }
}
