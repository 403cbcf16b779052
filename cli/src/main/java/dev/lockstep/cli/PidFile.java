package dev.lockstep.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Says which process was started from a folder: its id, and when it started, because ids are used
 * again. On Linux the start is in ticks since the boot, with the boot's id, since setting the clock
 * moves what the system says of the moment; elsewhere it is that moment, give or take a few
 * seconds.
 *
 * @param path of the file
 */
public record PidFile(Path path) {
  private static final Duration SAME_START = Duration.ofSeconds(5);
  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  /** Of {@code /proc/PID/stat}, counted from behind the name, which may hold anything. */
  private static final int START_TICKS = 19;

  /**
   * The process, if it runs.
   *
   * @throws IOException with one sentence if the file says nothing that makes sense
   */
  public Optional<ProcessHandle> process() throws IOException {
    String[] words;
    try {
      words = Files.readString(path).strip().split(" ");
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    try {
      return ProcessHandle.of(Long.parseLong(words[0]))
          .filter(ProcessHandle::isAlive)
          .filter(
              words.length == 3
                  ? process -> start(process).equals(words[1] + " " + words[2])
                  : startedAround(Long.parseLong(words[words.length - 1])));
    } catch (NumberFormatException e) {
      throw new IOException(path + " is damaged; end the process by hand, and remove the file", e);
    }
  }

  private static java.util.function.Predicate<ProcessHandle> startedAround(long millis) {
    Instant start = Instant.ofEpochMilli(millis);
    return process ->
        process
            .info()
            .startInstant()
            .map(actual -> Duration.between(actual, start).abs().compareTo(SAME_START) < 0)
            .orElse(false);
  }

  /** When it started, in words that are its own as long as it lives. */
  private static String start(ProcessHandle process) {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(process.pid()), "stat"));
      String[] behindName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return Files.readString(BOOT).strip() + " " + behindName[START_TICKS];
    } catch (IOException | RuntimeException e) {
      // No Linux, or the process is gone.
      return Long.toString(process.info().startInstant().orElseGet(Instant::now).toEpochMilli());
    }
  }

  /** Writes the file, as a whole. */
  public void write(ProcessHandle process) throws IOException {
    Path temporary = path.resolveSibling(path.getFileName() + ".tmp");
    Files.writeString(temporary, process.pid() + " " + start(process) + "\n");
    Files.move(
        temporary, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The process is gone. */
  public void forget() throws IOException {
    Files.deleteIfExists(path);
  }
}
