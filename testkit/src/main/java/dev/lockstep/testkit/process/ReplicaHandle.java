package dev.lockstep.testkit.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One replica of a {@link ProcessCluster}: its process, if it runs, and its admin endpoint. */
public final class ReplicaHandle {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration ANSWER = Duration.ofSeconds(3);
  private static final int LOG_TAIL_LINES = 60;

  private final int id;
  private final Path folder;
  private final int adminPort;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(ANSWER).build();

  private Process process;

  /** What a replica says of itself at {@code /status}. */
  public record Status(
      boolean healthy, String state, long regency, int leader, long lastDelivered, String json) {}

  ReplicaHandle(int id, Path folder, int adminPort) {
    this.id = id;
    this.folder = folder;
    this.adminPort = adminPort;
  }

  public int id() {
    return id;
  }

  /** Port of its admin endpoint on the loopback interface. */
  public int adminPort() {
    return adminPort;
  }

  /** Where it writes what it has to say, of all its lives. */
  public Path logFile() {
    return folder.resolve("replica.log");
  }

  synchronized void start(List<String> command) throws IOException {
    if (isRunning()) {
      throw new IllegalStateException("replica " + id + " runs already");
    }
    File log = logFile().toFile();
    process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
            .start();
  }

  /** Whether its process exists, stopped or not. */
  public synchronized boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** The id of its process; of the last one if it does not run. */
  public synchronized long pid() {
    return process.pid();
  }

  synchronized void killSoon() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  synchronized void kill() {
    if (process != null) {
      process.destroyForcibly();
      await();
    }
  }

  synchronized void stop() {
    if (process != null) {
      try {
        process.getOutputStream().close(); // the end of its input is the sign
      } catch (IOException e) {
        process.destroyForcibly();
      }
      await();
    }
  }

  private void await() {
    boolean interrupted = false;
    while (true) {
      try {
        process.waitFor();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  synchronized void signal(String name) throws IOException {
    if (!isRunning()) {
      throw new IllegalStateException("replica " + id + " does not run");
    }
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
      if (!kill.waitFor(10, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IOException("replica " + id + " could not be sent SIG" + name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Whether it takes part, by its own word. */
  public boolean isHealthy() {
    return get("/health").map(answer -> answer.statusCode() == 200).orElse(false);
  }

  /** What it says of itself; empty if it does not answer. */
  public Optional<Status> status() {
    return get("/status").map(HttpResponse::body).map(ReplicaHandle::parse);
  }

  private static Status parse(String json) {
    try {
      JsonNode node = JSON.readTree(json);
      return new Status(
          node.path("healthy").asBoolean(),
          node.path("state").asText(),
          node.path("regency").asLong(),
          node.path("leader").asInt(),
          node.path("lastDelivered").asLong(),
          json.strip());
    } catch (IOException e) {
      throw new IllegalStateException("a replica's status is no JSON: " + json, e);
    }
  }

  /** Its metrics in the Prometheus text format; empty if it does not answer. */
  public Optional<String> metrics() {
    return get("/metrics").map(HttpResponse::body);
  }

  /**
   * The sum of a metric over all its labels.
   *
   * @param name as Prometheus has it
   * @param labels text that must be among the labels, such as {@code event="accepted"}; may be
   *     empty
   * @throws IllegalStateException if there is no such metric, or no answer
   */
  public double metric(String name, String labels) {
    String text =
        metrics().orElseThrow(() -> new IllegalStateException("replica " + id + " has no metrics"));
    Pattern line = Pattern.compile("(?m)^" + Pattern.quote(name) + "(\\{[^}]*})? (\\S+)$");
    Matcher matcher = line.matcher(text);
    double sum = 0;
    boolean found = false;
    while (matcher.find()) {
      if (labels.isEmpty() || matcher.group(1) != null && matcher.group(1).contains(labels)) {
        found = true;
        sum += Double.parseDouble(matcher.group(2));
      }
    }
    if (!found) {
      throw new IllegalStateException(
          "replica " + id + " has no metric " + name + " with " + labels);
    }
    return sum;
  }

  private Optional<HttpResponse<String>> get(String path) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + adminPort + path))
            .timeout(ANSWER)
            .build();
    try {
      return Optional.of(http.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException e) {
      return Optional.empty(); // not up, or too busy, or stopped
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** The memory that its process has in use now, in bytes; empty if the system does not say. */
  public Optional<Long> residentBytes() throws IOException {
    Path file = Path.of("/proc", Long.toString(pid()), "status");
    if (!Files.isReadable(file)) {
      return Optional.empty();
    }
    for (String line : Files.readAllLines(file)) {
      if (line.startsWith("VmRSS:")) {
        return Optional.of(1024 * Long.parseLong(line.replaceAll("\\D", "")));
      }
    }
    return Optional.empty();
  }

  /** The last lines of its log. */
  public String logTail() {
    try {
      List<String> lines = Files.readAllLines(logFile());
      return String.join(
              "\n", lines.subList(Math.max(0, lines.size() - LOG_TAIL_LINES), lines.size()))
          + "\n";
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")\n";
    }
  }
}
