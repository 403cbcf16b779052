package dev.lockstep.cli;

import dev.lockstep.config.ClusterDirectory;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/** The cluster that a command is about: its first argument. */
final class ClusterArgument {
  @Parameters(index = "0", paramLabel = "DIR", description = "The folder of the cluster.")
  private Path directory;

  /** Made by picocli. */
  ClusterArgument() {}

  /**
   * Reads the cluster's file.
   *
   * @throws IOException with one sentence that names the file and what is wrong
   */
  ClusterDirectory open() throws IOException {
    return ClusterDirectory.open(directory);
  }
}
