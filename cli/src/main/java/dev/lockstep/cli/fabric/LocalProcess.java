package dev.lockstep.cli.fabric;

import dev.lockstep.cli.Main;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A node or frontend as a process on this machine. A file in its folder says which: the id of a
 * process and the moment at which that one was started, because ids are used again.
 */
final class LocalProcess {
  private static final String PID_FILE = "process.pid";
  private static final String LOG_FILE = "process.log";

  /** Clocks are set now and then, which moves what the system says of the start. */
  private static final Duration SAME_START = Duration.ofSeconds(5);

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final Path folder;
  private final String command;

  /** Of the log, so much was there before the process was started. */
  private long logBefore;

  /**
   * @param command that runs what is in the folder, "node" or "frontend"
   */
  LocalProcess(Path folder, String command) {
    this.folder = folder;
    this.command = command;
  }

  String name() {
    return folder.getFileName().toString();
  }

  Path folder() {
    return folder;
  }

  Path log() {
    return folder.resolve(LOG_FILE);
  }

  private Path pidFile() {
    return folder.resolve(PID_FILE);
  }

  /** The running process that was started from here. */
  Optional<ProcessHandle> process() throws IOException {
    if (!Files.exists(pidFile())) {
      return Optional.empty();
    }
    String[] words = Files.readString(pidFile()).strip().split(" ");
    try {
      Instant start = Instant.ofEpochMilli(Long.parseLong(words[words.length - 1]));
      return ProcessHandle.of(Long.parseLong(words[0]))
          .filter(ProcessHandle::isAlive)
          .filter(process -> startedAt(process, start));
    } catch (NumberFormatException e) {
      throw new IOException(
          pidFile() + " is damaged; end the process by hand, and remove the file", e);
    }
  }

  private static boolean startedAt(ProcessHandle process, Instant start) {
    return process
        .info()
        .startInstant()
        .map(actual -> Duration.between(actual, start).abs().compareTo(SAME_START) < 0)
        .orElse(false);
  }

  /**
   * Starts it, with the Java and the Java options of this process. It does not end with this
   * process or its terminal. What it prints goes to its log.
   */
  ProcessHandle start() throws IOException {
    List<String> words = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      words.add(SETSID.toString());
    }
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    String classPath = System.getProperty("java.class.path");
    if (classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator)) {
      words.addAll(List.of("-jar", Path.of(classPath).toAbsolutePath().toString()));
    } else {
      words.addAll(List.of("-cp", classPath, Main.class.getName()));
    }
    words.addAll(List.of("fabric", command, folder.toString()));
    logBefore = Files.exists(log()) ? Files.size(log()) : 0;
    ProcessHandle process =
        new ProcessBuilder(words)
            .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start()
            .toHandle();
    Instant start = process.info().startInstant().orElseGet(Instant::now);
    Files.writeString(pidFile(), process.pid() + " " + start.toEpochMilli() + "\n");
    return process;
  }

  /** How often it has said that it is ready, since it was started from here. */
  long readyLines() throws IOException {
    byte[] all = Files.exists(log()) ? Files.readAllBytes(log()) : new byte[0];
    int from = (int) Math.min(logBefore, all.length);
    return new String(all, from, all.length - from, java.nio.charset.StandardCharsets.UTF_8)
        .lines()
        .filter(line -> line.startsWith("ready"))
        .count();
  }

  void forget() throws IOException {
    Files.deleteIfExists(pidFile());
  }

  /** What it said last. */
  String lastWords() throws IOException {
    List<String> lines = Files.exists(log()) ? Files.readAllLines(log()) : List.of();
    for (int i = lines.size() - 1; i >= 0; i--) {
      if (!lines.get(i).isBlank()) {
        return lines.get(i).strip();
      }
    }
    return "nothing";
  }
}
