package dev.lockstep.simulator.plan;

import dev.lockstep.simulator.adversary.Adversaries;
import dev.lockstep.simulator.machine.ByzantineClient;
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

  /** What the adversary does, in one line. */
  public static String describe(String name) {
    return isClient(name) ? ByzantineClient.description(name) : Adversaries.describe(name);
  }

  static boolean isClient(String name) {
    return name.startsWith(ByzantineClient.PREFIX);
  }
}
