package dev.lockstep.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.config.ReplicaSettings;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A replica as a process on this machine. The file {@value #PID_FILE} in its folder says which: the
 * id of a process and the moment at which that one was started, because ids are used again.
 */
public final class LocalReplica {
  private static final String PID_FILE = "replica.pid";
  private static final String LOG_FILE = "replica.log";
  private static final int ANSWER_MILLIS = 2_000;

  /** Clocks are set now and then, which moves what the system says of the start. */
  private static final Duration SAME_START = Duration.ofSeconds(5);

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final Path folder;
  private final ReplicaSettings settings;

  LocalReplica(ReplicaDirectory directory) {
    folder = directory.path();
    settings = directory.settings();
  }

  /** Its number. */
  public int id() {
    return settings.id();
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
          pidFile() + " is damaged; end the replica's process by hand, and remove the file", e);
    }
  }

  private static boolean startedAt(ProcessHandle process, Instant start) {
    return process
        .info()
        .startInstant()
        .map(actual -> Duration.between(actual, start).abs().compareTo(SAME_START) < 0)
        .orElse(false);
  }

  /** Its folder. */
  public Path folder() {
    return folder;
  }

  /**
   * Starts it, with the Java and the Java options of this process. It does not end with this
   * process or its terminal. What it prints goes to its log.
   *
   * @param arguments of the {@code lockstep} command that runs it
   */
  ProcessHandle start(List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (Files.isExecutable(SETSID)) {
      command.add(SETSID.toString());
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    String classPath = System.getProperty("java.class.path");
    if (classPath.endsWith(".jar") && !classPath.contains(File.pathSeparator)) {
      command.addAll(List.of("-jar", Path.of(classPath).toAbsolutePath().toString()));
    } else {
      command.addAll(List.of("-cp", classPath, Main.class.getName()));
    }
    command.addAll(arguments);
    ProcessHandle process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(nothing()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()))
            .start()
            .toHandle();
    Instant start = process.info().startInstant().orElseGet(Instant::now);
    Files.writeString(pidFile(), process.pid() + " " + start.toEpochMilli() + "\n");
    return process;
  }

  private static File nothing() {
    return new File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
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

  /** What it says of itself, if it answers within two seconds. */
  Optional<JsonNode> status() throws IOException {
    HttpURLConnection connection;
    try {
      String host = settings.adminHost();
      connection =
          (HttpURLConnection)
              new URI("http", null, host, settings.adminPort(), "/status", null, null)
                  .toURL()
                  .openConnection();
    } catch (URISyntaxException e) {
      throw new IOException(
          folder + ": admin.host is " + settings.adminHost() + ", which is no host", e);
    }
    connection.setConnectTimeout(ANSWER_MILLIS);
    connection.setReadTimeout(ANSWER_MILLIS);
    try (InputStream in = connection.getInputStream()) {
      JsonNode status = new ObjectMapper().readTree(in);
      // Another program, or another cluster's replica, may be at this port.
      return status.path("replica").asInt(-1) == id() ? Optional.of(status) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } finally {
      connection.disconnect();
    }
  }
}
