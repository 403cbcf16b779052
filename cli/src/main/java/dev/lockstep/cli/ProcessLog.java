package dev.lockstep.cli;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What processes in the background print. Nobody makes it shorter, so only its end is read. */
public final class ProcessLog {
  private static final int TAIL_BYTES = 64 << 10;

  private ProcessLog() {}

  /** The last line in which there is anything; what is no text in it is replaced. */
  public static String lastWords(Path log) throws IOException {
    if (!Files.exists(log)) {
      return "nothing";
    }
    byte[] tail;
    try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
      long from = Math.max(0, file.length() - TAIL_BYTES);
      tail = new byte[(int) (file.length() - from)];
      file.seek(from);
      file.readFully(tail);
    }
    return new String(tail, StandardCharsets.UTF_8)
        .lines()
        .filter(line -> !line.isBlank())
        .reduce((earlier, later) -> later)
        .map(line -> line.strip().replaceAll("\\p{Cntrl}", "?"))
        .orElse("nothing");
  }
}
