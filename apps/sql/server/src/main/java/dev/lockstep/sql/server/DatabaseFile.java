package dev.lockstep.sql.server;

import dev.lockstep.sql.server.engine.Engine;
import dev.lockstep.sql.server.engine.PostgresEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/**
 * The address of the database of one replica, for its owner's eyes only: it may hold a password.
 *
 * @param url {@code jdbc:postgresql:...}, with user and password
 */
public record DatabaseFile(String url) {
  private static final String NAME = "database.url";

  /** Writes it into a replica's folder. */
  public void write(Path replicaFolder) throws IOException {
    Path file = replicaFolder.resolve(NAME);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, url + "\n");
  }

  /** Reads it, if the replica has one. */
  public static Optional<DatabaseFile> readIfThere(Path replicaFolder) throws IOException {
    Path file = replicaFolder.resolve(NAME);
    return Files.exists(file)
        ? Optional.of(new DatabaseFile(Files.readString(file).strip()))
        : Optional.empty();
  }

  /** The engine there. */
  public Engine engine() {
    return new PostgresEngine(url, null, null);
  }
}
