package dev.lockstep.sql.client;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import dev.lockstep.config.ClusterConfig;
import dev.lockstep.network.Endpoint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What {@code sql.yaml} beside {@code cluster.yaml} says: what the databases are, and where
 * replicas listen to sessions. Public, and the same for everybody.
 */
public record SqlClusterFile(String engine, List<Session> sessions) {
  /** Its name. */
  public static final String NAME = "sql.yaml";

  private static final Set<String> ENGINES = Set.of("h2", "postgres");

  /** Where a replica listens to sessions. */
  public record Session(int replica, String host, int port) {}

  private static ObjectMapper mapper() {
    return JsonMapper.builder(new YAMLFactory())
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
        .build();
  }

  /**
   * Reads and checks the file.
   *
   * @throws IOException with one sentence that names the file and what is wrong
   */
  public static SqlClusterFile read(Path file, ClusterConfig cluster) throws IOException {
    SqlClusterFile read;
    try {
      read = mapper().readValue(file.toFile(), SqlClusterFile.class);
    } catch (NoSuchFileException | java.io.FileNotFoundException e) {
      throw new IOException(
          "there is no "
              + file
              + ": this is no cluster of databases; 'lockstep sql init' makes one",
          e);
    } catch (JacksonException e) {
      throw new IOException(
          file + " cannot be understood: " + e.getOriginalMessage().lines().findFirst().orElse(""),
          e);
    }
    read.check(file, cluster);
    return read;
  }

  private void check(Path file, ClusterConfig cluster) throws IOException {
    if (engine == null || !ENGINES.contains(engine)) {
      throw new IOException(file + ": engine is " + engine + " but must be h2 or postgres");
    }
    Set<Integer> named = new HashSet<>();
    for (Session session : sessions == null ? List.<Session>of() : sessions) {
      if (session.host == null || session.port < 1 || session.port > 65_535) {
        throw new IOException(
            file + ": the session port of replica " + session.replica + " is no host and port");
      }
      named.add(session.replica);
    }
    List<Integer> members = cluster.members().stream().map(ClusterConfig.Member::id).toList();
    if (sessions == null
        || sessions.size() != members.size()
        || !named.equals(new HashSet<>(members))) {
      throw new IOException(
          file + ": sessions must name each replica of cluster.yaml once: " + members);
    }
  }

  /** Writes the file. */
  public void write(Path file) throws IOException {
    Files.writeString(file, mapper().writeValueAsString(this));
  }

  /** Where sessions connect. */
  public List<Endpoint> endpoints() {
    return sessions.stream()
        .map(session -> new Endpoint(session.replica, session.host, session.port))
        .toList();
  }

  /** The port of one replica. */
  public int port(int replica) {
    return sessions.stream()
        .filter(session -> session.replica == replica)
        .findFirst()
        .orElseThrow()
        .port;
  }
}
