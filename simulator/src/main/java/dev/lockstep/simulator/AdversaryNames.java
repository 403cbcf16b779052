package dev.lockstep.simulator;

import dev.lockstep.simulator.adversary.Adversaries;
import java.util.ArrayList;
import java.util.List;

/**
 * All names that {@code --adversary} knows: those of Byzantine replicas and of Byzantine clients.
 */
public final class AdversaryNames {
  private AdversaryNames() {}

  public static List<String> all() {
    List<String> names = new ArrayList<>(Adversaries.names());
    names.addAll(ByzantineClient.names());
    return names;
  }

  static boolean isClient(String name) {
    return name.startsWith(ByzantineClient.PREFIX);
  }
}
