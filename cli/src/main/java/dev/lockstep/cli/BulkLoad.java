package dev.lockstep.cli;

import dev.lockstep.api.InvocationException;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/**
 * Writes the records of a file to a service: many at a time, so that it is quick, but never more
 * than a fixed number, so that neither side is overrun. The calls go through one session, so the
 * service executes them in the order of the file.
 */
final class BulkLoad {
  private static final int IN_FLIGHT_MAX = 256;
  private static final int LINE_CHARS_MAX = 1 << 20;

  private BulkLoad() {}

  /** How the records stand in the file. */
  enum Source {
    /** Comma-separated values. */
    CSV,
    /** One record of one field on each line. */
    LINES;

    /** By the file's name. */
    static Source of(Path file) {
      return file.toString().toLowerCase(Locale.ROOT).endsWith(".csv") ? CSV : LINES;
    }
  }

  /** Where records go. */
  @FunctionalInterface
  interface Target {
    /**
     * The calls that write one record.
     *
     * @throws IllegalArgumentException with one sentence if the record is not of the right form
     */
    List<Supplier<CompletableFuture<?>>> calls(List<String> record);
  }

  /**
   * What has been done.
   *
   * @param loaded calls that succeeded
   */
  record Result(long loaded, double seconds) {
    double perSecond() {
      return seconds > 0 ? loaded / seconds : 0;
    }
  }

  /** The first thing that went wrong. */
  private record Failure(long line, Throwable cause) {}

  /**
   * Loads a file, and stops at the first record that fails.
   *
   * @param bar where to draw a progress bar; null for none
   * @throws IOException if the file cannot be read or is not well-formed
   * @throws CommandFailure if the service did not take a record
   */
  static Result run(Path file, Source source, Target target, PrintWriter bar)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    AtomicReference<Failure> failure = new AtomicReference<>();
    Semaphore room = new Semaphore(IN_FLIGHT_MAX);
    AtomicLong loaded = new AtomicLong();
    try (Counting bytes = new Counting(Files.newInputStream(file));
        BufferedReader text =
            new BufferedReader(
                // A decoder of its own reports what is not UTF-8 instead of replacing it.
                new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()))) {
      ProgressBar progress = bar == null ? null : new ProgressBar(bar, Files.size(file));
      Records records = source == Source.CSV ? new CsvRecords(text) : new LineRecords(text);
      try {
        for (List<String> record = records.next();
            record != null && failure.get() == null;
            record = records.next()) {
          long line = records.line();
          for (Supplier<CompletableFuture<?>> call : calls(target, record, line)) {
            room.acquire();
            call.get()
                .whenComplete(
                    (reply, problem) -> {
                      if (problem == null) {
                        loaded.incrementAndGet();
                      } else {
                        failure.compareAndSet(null, new Failure(line, problem));
                      }
                      room.release();
                    });
          }
          if (progress != null) {
            progress.update(bytes.count, loaded.get());
          }
        }
      } catch (CharacterCodingException e) {
        throw new IOException(file + " is not UTF-8, after line " + records.line(), e);
      } catch (IOException e) {
        throw new IOException(file + ": " + e.getMessage(), e);
      } finally {
        // Also when the file is at fault: nothing stays under way.
        room.acquire(IN_FLIGHT_MAX);
        if (progress != null) {
          progress.end(bytes.count, loaded.get());
        }
      }
    }
    if (failure.get() != null) {
      throw failed(file, failure.get(), loaded.get());
    }
    return new Result(loaded.get(), (System.nanoTime() - begin) / 1e9);
  }

  private static List<Supplier<CompletableFuture<?>>> calls(
      Target target, List<String> record, long line) throws IOException {
    try {
      return target.calls(record);
    } catch (IllegalArgumentException e) {
      throw new IOException("Line " + line + ": " + e.getMessage(), e);
    }
  }

  private static CommandFailure failed(Path file, Failure failure, long loaded) {
    Throwable cause =
        failure.cause instanceof CompletionException ? failure.cause.getCause() : failure.cause;
    String known = cause instanceof InvocationException ? "" : " The record was not written.";
    CommandFailure described =
        new CommandFailure(
            file
                + ", line "
                + failure.line
                + ": "
                + cause.getMessage()
                + (cause.getMessage().endsWith(".") ? "" : ".")
                + known
                + " Loading stopped; "
                + loaded
                + " entries were written, perhaps some of later lines too.");
    described.initCause(cause);
    return described;
  }

  private interface Records {
    List<String> next() throws IOException;

    /** On which line the last record began. */
    long line();
  }

  private static final class CsvRecords implements Records {
    private final CsvReader csv;

    CsvRecords(BufferedReader text) {
      csv = new CsvReader(text);
    }

    @Override
    public List<String> next() throws IOException {
      return csv.next();
    }

    @Override
    public long line() {
      return csv.line();
    }
  }

  private static final class LineRecords implements Records {
    private final BufferedReader text;
    private long line;

    LineRecords(BufferedReader text) {
      this.text = text;
    }

    @Override
    public List<String> next() throws IOException {
      StringBuilder read = new StringBuilder();
      int next = text.read();
      if (next < 0) {
        return null;
      }
      line++;
      while (next >= 0 && next != '\n') {
        if (read.length() == LINE_CHARS_MAX) {
          throw new IOException(
              "Line " + line + " has more than " + LINE_CHARS_MAX + " characters");
        }
        read.append((char) next);
        next = text.read();
      }
      if (read.length() > 0 && read.charAt(read.length() - 1) == '\r') {
        read.setLength(read.length() - 1);
      }
      return List.of(read.toString());
    }

    @Override
    public long line() {
      return line;
    }
  }

  /** Knows how far a file has been read. */
  private static final class Counting extends FilterInputStream {
    private long count;

    Counting(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int read = super.read();
      count += read < 0 ? 0 : 1;
      return read;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = super.read(bytes, offset, length);
      count += Math.max(0, read);
      return read;
    }
  }
}
