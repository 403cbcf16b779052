package dev.lockstep.cli;

import dev.lockstep.sql.client.SqlClusterFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tells folders of {@code lockstep sql init} from others: no other service may run in one. */
final class DatabaseFolder {
  private DatabaseFolder() {}

  /**
   * Refuses the folder of a cluster of databases, or one of its client's or replicas' folders.
   *
   * @param instead what to use there
   */
  static void refuse(Path folder, String instead) {
    Path above = folder.toAbsolutePath().normalize().getParent();
    if (Files.exists(folder.resolve(SqlClusterFile.NAME))
        || above != null && Files.exists(above.resolve(SqlClusterFile.NAME))) {
      throw new CommandFailure(
          folder + " belongs to a cluster of SQL databases; use '" + instead + "'");
    }
  }
}
