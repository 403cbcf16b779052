package dev.lockstep.cli.fabric;

import dev.lockstep.fabric.folder.FabricFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Finds what of an ordering service is on this machine. */
final class LocalProcesses {
  private LocalProcesses() {}

  /** At least one: the nodes, then the frontends with processes of their own. */
  static List<LocalProcess> of(FabricFolder folder) throws IOException {
    List<LocalProcess> processes = new ArrayList<>();
    for (Path node : folder.nodes()) {
      processes.add(new LocalProcess(node, "node"));
    }
    for (Path frontend : folder.frontends()) {
      processes.add(new LocalProcess(frontend, "frontend"));
    }
    if (processes.isEmpty()) {
      throw new IOException(
          folder.path() + " holds no folder of a node or frontend; they are called replica-0, ...");
    }
    return processes;
  }
}
