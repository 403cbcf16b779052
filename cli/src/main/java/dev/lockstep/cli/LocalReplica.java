package dev.lockstep.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.lockstep.config.ReplicaDirectory;
import dev.lockstep.config.ReplicaSettings;
import dev.lockstep.storage.ReplicaLog;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A replica as a process on this machine; a {@link PidFile} in its folder says which. */
public final class LocalReplica {
  private static final String PID_FILE = "replica.pid";
  private static final String LOG_FILE = "replica.log";
  private static final int ANSWER_MILLIS = 2_000;

  private static final Path SETSID = Path.of("/usr/bin/setsid");

  private final Path folder;
  private final String cluster;
  private final ReplicaSettings settings;
  private final PidFile pidFile;

  LocalReplica(ReplicaDirectory directory) {
    folder = directory.path();
    cluster = directory.cluster().id();
    settings = directory.settings();
    pidFile = new PidFile(folder.resolve(PID_FILE));
  }

  /** Its number. */
  public int id() {
    return settings.id();
  }

  Path log() {
    return folder.resolve(LOG_FILE);
  }

  /** The running process that was started from here. */
  Optional<ProcessHandle> process() throws IOException {
    return pidFile.process();
  }

  /** Whether some process works on its data, whoever started that. */
  boolean isInUse() throws IOException {
    return settings.data().isPresent() && ReplicaLog.isInUse(settings.data().get());
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
    pidFile.write(process);
    return process;
  }

  private static File nothing() {
    return new File(System.getProperty("os.name").startsWith("Windows") ? "NUL" : "/dev/null");
  }

  void forget() throws IOException {
    pidFile.forget();
  }

  /** What it said last. */
  String lastWords() throws IOException {
    return ProcessLog.lastWords(log());
  }

  /**
   * What answers at its admin endpoint.
   *
   * @param statusOrNull what the replica says of itself; null if it does not answer
   * @param strangerOrNull who answers instead, in words; null if nobody does
   */
  record Answer(JsonNode statusOrNull, String strangerOrNull) {
    private static final Answer NONE = new Answer(null, null);

    /** Whether this process says that it takes part. */
    boolean isHealthy() {
      return statusOrNull != null && statusOrNull.path("healthy").asBoolean();
    }

    /** Whether it is this process that answers. */
    boolean isOf(ProcessHandle process) {
      return statusOrNull != null && statusOrNull.path("process").asLong(-1) == process.pid();
    }
  }

  /** Asks it; none if nothing answers within two seconds. */
  Answer ask() throws IOException {
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
      boolean isIts =
          status.path("replica").asInt(-1) == id()
              && status.path("cluster").asText().equals(cluster);
      return isIts ? new Answer(status, null) : new Answer(null, stranger(status));
    } catch (JsonProcessingException | FileNotFoundException e) {
      return new Answer(null, stranger(MissingNode.getInstance()));
    } catch (IOException e) {
      return Answer.NONE;
    } finally {
      connection.disconnect();
    }
  }

  private String stranger(JsonNode status) {
    return "port "
        + settings.adminPort()
        + " answers for "
        + (status.path("cluster").isTextual()
            ? "replica "
                + status.path("replica").asText()
                + " of cluster "
                + Text.printable(status.path("cluster").asText())
            : "another program");
  }
}
