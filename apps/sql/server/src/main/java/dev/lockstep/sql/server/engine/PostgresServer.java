package dev.lockstep.sql.server.engine;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.postgresql.Driver;

/**
 * A PostgreSQL server that belongs to one replica: made anew at each start, since the replica fills
 * it from its own log, and stopped with it. It listens on the loopback interface only, to whoever
 * knows a password that is drawn at each start.
 */
public final class PostgresServer implements AutoCloseable {
  /** Where distributions put it. */
  private static final Path ROOT = Path.of("/usr/lib/postgresql");

  /** PostgreSQL refuses to run as root, so root runs it as this user. */
  private static final String SERVICE_USER = "postgres";

  private static final String USER = "lockstep";
  private static final String DATABASE = "lockstep";
  private static final int COMMAND_SECONDS = 60;

  private final Path bin;
  private final Path folder;
  private final int port;
  private final String password;

  private PostgresServer(Path bin, Path folder, int port, String password) {
    this.bin = bin;
    this.folder = folder;
    this.port = port;
    this.password = password;
  }

  /** Where the programs of the newest installed version are. */
  public static Optional<Path> installed() {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(ROOT)) {
      try (Stream<Path> versions = Files.list(ROOT)) {
        versions
            .filter(version -> version.getFileName().toString().matches("[0-9]+"))
            .sorted(
                (one, other) ->
                    Integer.compare(
                        Integer.parseInt(other.getFileName().toString()),
                        Integer.parseInt(one.getFileName().toString())))
            .forEach(version -> found.add(version.resolve("bin")));
      } catch (IOException e) {
        return Optional.empty();
      }
    }
    for (String path : System.getenv().getOrDefault("PATH", "").split(":")) {
      found.add(Path.of(path));
    }
    return found.stream()
        .filter(each -> Files.isExecutable(each.resolve("initdb")))
        .filter(each -> Files.isExecutable(each.resolve("pg_ctl")))
        .findFirst();
  }

  /**
   * Makes and starts a server. What was in the folder is removed, and a server that still runs
   * there is stopped.
   *
   * @param folder of its files; made if it is missing. As root, a folder of another name below the
   *     directory for temporary files is used, where the service's user can reach it
   * @param wantedPort where it listens; 0 for any that is free
   * @throws IOException with a sentence
   */
  public static PostgresServer start(Path folder, int wantedPort) throws IOException {
    int port = wantedPort == 0 ? freePort() : wantedPort;
    Path bin =
        installed()
            .orElseThrow(
                () ->
                    new IOException(
                        "PostgreSQL is not installed here: neither "
                            + ROOT
                            + " nor the PATH has initdb and pg_ctl; install it (on Debian:"
                            + " apt-get install postgresql), or give addresses of databases"));
    byte[] secret = new byte[18];
    new SecureRandom().nextBytes(secret);
    Path where = isRoot() ? besides(folder) : folder;
    PostgresServer server = new PostgresServer(bin, where, port, HexFormat.of().formatHex(secret));
    server.removeOld();
    try {
      server.initialise();
      server.run("pg_ctl", "-D", server.data(), "-w", "-l", server.log(), "start");
      server.createDatabase();
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }

  private static Path besides(Path folder) {
    String name = folder.toAbsolutePath().normalize().toString().replaceAll("[^A-Za-z0-9-]+", "-");
    return Path.of(System.getProperty("java.io.tmpdir"), "lockstep-postgres" + name);
  }

  private String data() {
    return folder.resolve("data").toString();
  }

  private String log() {
    return folder.resolve("server.log").toString();
  }

  private void removeOld() throws IOException {
    if (Files.exists(folder.resolve("data").resolve("postmaster.pid"))) {
      try {
        run("pg_ctl", "-D", data(), "-m", "immediate", "stop");
      } catch (IOException e) {
        // It was not running any more.
        org.slf4j.LoggerFactory.getLogger(PostgresServer.class)
            .debug("an old server in {} cannot be stopped", folder, e);
      }
    }
    remove(folder);
  }

  private static void remove(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException failure)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void initialise() throws IOException {
    Files.createDirectories(folder.toAbsolutePath().getParent());
    Files.createDirectory(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path secret = folder.resolve("password");
    Files.createFile(
        secret, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(secret, password + "\n");
    if (isRoot()) {
      var user =
          folder
              .getFileSystem()
              .getUserPrincipalLookupService()
              .lookupPrincipalByName(SERVICE_USER);
      Files.setOwner(folder, user);
      Files.setOwner(secret, user);
    }
    run(
        "initdb",
        "-D",
        data(),
        "-U",
        USER,
        "-A",
        "scram-sha-256",
        "--pwfile=" + secret,
        "--encoding=UTF8",
        "--locale=C",
        "--no-sync");
    // Nothing of it outlives a start, so nothing needs to be forced to the disk.
    String settings =
        """
        listen_addresses = '127.0.0.1'
        port = %d
        unix_socket_directories = ''
        max_connections = 700
        shared_buffers = 128MB
        fsync = off
        synchronous_commit = off
        full_page_writes = off
        max_wal_size = 512MB
        deadlock_timeout = 200ms
        default_transaction_isolation = 'repeatable read'
        timezone = 'UTC'
        log_min_messages = fatal
        log_min_error_statement = panic
        """
            .formatted(port);
    Files.writeString(
        folder.resolve("data").resolve("postgresql.conf"),
        settings,
        StandardCharsets.UTF_8,
        java.nio.file.StandardOpenOption.APPEND);
  }

  private void run(String program, String... arguments) throws IOException {
    List<String> command = new ArrayList<>();
    if (isRoot()) {
      command.addAll(List.of("runuser", "-u", SERVICE_USER, "--"));
    }
    command.add(bin.resolve(program).toString());
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile("lockstep-" + program, ".txt");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(Path.of("/").toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException(program + " did not end within " + COMMAND_SECONDS + " seconds");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            program
                + " failed: "
                + Files.readString(output).strip().replaceAll("\\s*\\n\\s*", "; "));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while " + program + " ran", e);
    } finally {
      Files.deleteIfExists(output);
    }
  }

  private void createDatabase() throws IOException {
    Properties properties = new Properties();
    properties.put("user", USER);
    properties.put("password", password);
    try (Connection connection = new Driver().connect(url("postgres"), properties);
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + DATABASE);
    } catch (SQLException e) {
      throw new IOException("the new PostgreSQL server does not work: " + e.getMessage(), e);
    }
  }

  private String url(String database) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  /** An engine on the server's database, which ends the server when it is closed. */
  public Engine engine() {
    return new PostgresEngine(url(DATABASE), USER, password, this);
  }

  /** An engine on the server's database, for tests that open several after one another. */
  Engine engineThatLeavesItRunning() {
    return new PostgresEngine(url(DATABASE), USER, password);
  }

  /** Stops the server and removes its files. */
  @Override
  public void close() {
    try {
      removeOld();
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(PostgresServer.class)
          .warn("the files of a PostgreSQL server in {} cannot be removed", folder, e);
    }
  }
}
