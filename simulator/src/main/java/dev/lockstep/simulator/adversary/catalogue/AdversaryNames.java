package dev.lockstep.simulator.adversary.catalogue;

import java.util.ArrayList;
import java.util.List;

/**
 * All names that {@code --adversary} knows: those of Byzantine replicas and of Byzantine clients.
 */
public final class AdversaryNames {
  private AdversaryNames() {}

  public static List<String> all() {
    List<String> names = new ArrayList<>(Adversaries.names());
    names.addAll(ClientAdversaries.names());
    return names;
  }

  /** What the adversary does, in one line. */
  public static String describe(String name) {
    return isClient(name) ? ClientAdversaries.describe(name) : Adversaries.describe(name);
  }

  /** Whether it is a Byzantine client's. */
  public static boolean isClient(String name) {
    return ClientAdversaries.names().contains(name);
  }
}
