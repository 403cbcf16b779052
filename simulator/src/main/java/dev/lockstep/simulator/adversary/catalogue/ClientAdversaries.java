package dev.lockstep.simulator.adversary.catalogue;

import dev.lockstep.simulator.adversary.client.ClientAdversary;
import dev.lockstep.simulator.adversary.client.ClientBadSignature;
import dev.lockstep.simulator.adversary.client.ClientEquivocate;
import dev.lockstep.simulator.adversary.client.ClientFew;
import dev.lockstep.simulator.adversary.client.ClientFlood;
import dev.lockstep.simulator.adversary.client.ClientForeign;
import dev.lockstep.simulator.adversary.client.ClientGaps;
import dev.lockstep.simulator.adversary.client.ClientHalves;
import dev.lockstep.simulator.adversary.client.ClientNotLeader;
import dev.lockstep.simulator.adversary.client.ClientOpenReplay;
import dev.lockstep.simulator.adversary.client.ClientSingle;
import dev.lockstep.simulator.adversary.client.ClientWriteAsRead;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** All Byzantine clients by name. */
public final class ClientAdversaries {
  private record Entry(String description, Supplier<ClientAdversary> make) {}

  private static final Map<String, Entry> ALL = new LinkedHashMap<>();

  static {
    add(
        "client-equivocate",
        "the same sequence with different operations to every replica",
        ClientEquivocate::new);
    add(
        "client-halves",
        "one operation to half of the replicas, another to the other half",
        ClientHalves::new);
    add("client-single", "each request to one replica only", ClientSingle::new);
    add("client-few", "each request to f or f+1 replicas only", ClientFew::new);
    add("client-not-leader", "each request to all but the leader", ClientNotLeader::new);
    add(
        "client-bad-signature",
        "signatures that are wrong, everywhere or for some",
        ClientBadSignature::new);
    add("client-gaps", "gaps, regressions, negative and huge sequences", ClientGaps::new);
    add(
        "client-flood",
        "as many and as large requests as it can, some too large",
        ClientFlood::new);
    add(
        "client-open-replay",
        "OPENs again, late, early, and in great numbers",
        ClientOpenReplay::new);
    add(
        "client-foreign",
        "sessions and identities of others, unknown sessions",
        ClientForeign::new);
    add(
        "client-write-as-read",
        "writes that claim to be reads, garbage operations",
        ClientWriteAsRead::new);
  }

  private ClientAdversaries() {}

  private static void add(String name, String description, Supplier<ClientAdversary> make) {
    ALL.put(name, new Entry(description, make));
  }

  private static Entry entry(String name) {
    Entry entry = ALL.get(name);
    if (entry == null) {
      throw new IllegalArgumentException("there is no client adversary named " + name);
    }
    return entry;
  }

  /** All names, in an order that does not change. */
  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  /** One line for a list. */
  public static String describe(String name) {
    return entry(name).description;
  }

  /** A new instance for one client of one run. */
  public static ClientAdversary create(String name) {
    return entry(name).make.get();
  }
}
