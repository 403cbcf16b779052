package dev.lockstep.simulator.script;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.Tracer;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.machine.ClientNode;
import dev.lockstep.simulator.machine.Machine;
import dev.lockstep.simulator.machine.SimNetwork;
import dev.lockstep.simulator.machine.Variant;
import dev.lockstep.simulator.machine.World;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.plan.RunConfigDraw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;

/**
 * A simulated cluster that follows a script, for scenario tests. Nothing fails unless the script
 * says so; every message can be dropped, held and let go. All checkers watch; what they find is
 * thrown as a {@link Violation} by whatever lets time pass.
 *
 * <pre>
 * SimCluster cluster = SimCluster.withReplicas(4).window(1).puppet(0).start();
 * Call call = cluster.client("alice").submit(KvOperation.put(1, 5));
 * cluster.drop(message -&gt; message.isFrom(2) &amp;&amp; message.is(Message.Write.class));
 * cluster.runUntilRegency(1);
 * cluster.runUntil(call::isDone);
 * </pre>
 *
 * Replicas are 0 to n-1. Times are in microseconds.
 */
public final class SimCluster {
  /** Scripts wait this long in virtual time before they give up. */
  private static final long PATIENCE = 60_000_000;

  private static final long EPOCH = 1_000_000_000_000L;
  static final int CLIENTS = 6;
  private static final int RAW_CLIENTS = 4;

  private final World world;
  private final Recorder recorder;
  private final Map<String, ScriptedClient> clients = new TreeMap<>();
  private final Map<Integer, Puppet> puppets;
  private final List<MessageRule> rules = new ArrayList<>();
  private final List<Envelope> log = new ArrayList<>();
  private int rawClients;

  SimCluster(
      RunConfig config,
      Variant variant,
      List<Observer> watching,
      Tracer tracer,
      Map<Integer, Adversary> scripted,
      Map<Integer, Puppet> puppets) {
    this.puppets = puppets;
    recorder = new Recorder(config.replicas());
    List<Observer> observers = new ArrayList<>();
    observers.add(recorder);
    observers.addAll(watching);
    world = new World(config, variant, observers, tracer, scripted, RAW_CLIENTS);
    world.onCount(recorder::counted);
    world.network().intercept(this::onSend);
    world.start();
    // The processes start within the first milliseconds.
    runFor(3_000);
  }

  /** A group of n replicas in Byzantine mode that tolerates as many faults as it can, W = 1. */
  public static SimClusterBuilder withReplicas(int n) {
    return new SimClusterBuilder(n);
  }

  // ---- messages

  private SimNetwork.Fate onSend(int from, int to, Message message) {
    Envelope envelope = new Envelope(world.now(), from, to, message);
    log.add(envelope);
    for (MessageRule rule : rules) {
      SimNetwork.Fate fate = rule.fateOrNull(envelope);
      if (fate != null) {
        return fate;
      }
    }
    return SimNetwork.Fate.PASS;
  }

  /** Messages that match are lost. Earlier rules come first. */
  public MessageRule drop(Predicate<Envelope> matching) {
    MessageRule rule = new MessageRule(world.network(), matching, false);
    rules.add(rule);
    return rule;
  }

  /** Messages that match wait until they are released. */
  public MessageRule hold(Predicate<Envelope> matching) {
    MessageRule rule = new MessageRule(world.network(), matching, true);
    rules.add(rule);
    return rule;
  }

  /** No message gets to or from the replica, of clients either. */
  public MessageRule isolate(int replica) {
    return drop(envelope -> envelope.isFrom(replica) || envelope.isTo(replica));
  }

  /** No replica of this group hears one that is not in it, and the other way round. */
  public MessageRule partition(Integer... group) {
    List<Integer> members = Arrays.asList(group);
    return drop(
        envelope ->
            envelope.from() < size()
                && envelope.to() < size()
                && members.contains(envelope.from()) != members.contains(envelope.to()));
  }

  /** All rules are over, everything held is let go, and all channels are made anew. */
  public void heal() {
    for (MessageRule rule : rules) {
      rule.release();
    }
    rules.clear();
    for (int a = 0; a < size(); a++) {
      for (int b = a + 1; b < size(); b++) {
        world.announceReconnect(a, b);
      }
    }
  }

  /** All messages that were sent so far, dropped ones too. */
  public List<Envelope> sent() {
    return Collections.unmodifiableList(log);
  }

  /** The messages that were sent so far and match. */
  public List<Envelope> sent(Predicate<Envelope> matching) {
    return log.stream().filter(matching).toList();
  }

  /** Puts a message on its way as if it had been sent; for messages with content of the script. */
  public void inject(int from, int to, Message message) {
    world.network().transmit(from, to, message);
  }

  // ---- time

  public long now() {
    return world.now();
  }

  /** What a clock shows that is right. */
  public long wallClock() {
    return EPOCH + world.now();
  }

  /** Lets time pass. */
  public void runFor(long micros) {
    long until = world.now() + micros;
    while (world.step(until)) {
      // Each step is one event.
    }
    world.sleepUntil(until);
  }

  /** Lets time pass until it holds; fails after a virtual minute. */
  public void runUntil(BooleanSupplier condition) {
    runUntil(condition, PATIENCE);
  }

  /** Lets time pass until it holds; fails after so many microseconds. */
  public void runUntil(BooleanSupplier condition, long within) {
    long until = world.now() + within;
    while (!condition.getAsBoolean()) {
      if (!world.step(until)) {
        throw new AssertionError(
            "it did not come about within " + within / 1e6 + " s:\n" + describe());
      }
    }
  }

  /** Until every correct replica that is up has installed the regency, or a later one. */
  public void runUntilRegency(long regency) {
    runUntil(
        () ->
            world.correctNodes().stream()
                .filter(Machine::isUp)
                .allMatch(node -> node.regency() >= regency && node.replicaOrNull().isSynced()));
  }

  /** Until every correct replica that is up has delivered the instance. */
  public void runUntilDelivered(long instance) {
    runUntil(
        () ->
            world.correctNodes().stream()
                .filter(Machine::isUp)
                .allMatch(node -> node.lastDelivered() >= instance));
  }

  /** The script is over: the checkers look at the whole history. */
  public void finish() {
    world.saw(new Sighting.Ended());
  }

  /** Until the client has the results of everything that it submitted. */
  public void runUntilReplied(String client) {
    ScriptedClient asking = client(client);
    runUntil(() -> asking.pendingCalls() == 0);
  }

  // ---- replicas

  public int size() {
    return world.replicas();
  }

  public View view() {
    return world.config().view();
  }

  public QuorumSystem quorums() {
    return new QuorumSystem(world.config().view(), world.rules().quorum());
  }

  public Digest cluster() {
    return RunConfig.CLUSTER;
  }

  public Verifier verifier() {
    return world.crypto();
  }

  /** The key of a replica; only for scripts that play a Byzantine one. */
  public Signer signer(int replica) {
    if (!world.isByzantine(replica)) {
      throw new IllegalArgumentException("replica " + replica + " is correct: its key is its own");
    }
    return world.crypto().replicaSigner(replica);
  }

  /** One replica of the cluster. */
  public ScriptedReplica replica(int id) {
    return new ScriptedReplica(world, id, recorder);
  }

  /** The Byzantine replica that the script plays. */
  public Puppet puppet(int replica) {
    Puppet puppet = puppets.get(replica);
    if (puppet == null) {
      throw new IllegalArgumentException("replica " + replica + " is no puppet");
    }
    return puppet;
  }

  /** What correct replicas counted of this event together. */
  public long count(Event event) {
    return world.count(event);
  }

  /** Everything about all replicas, for a failure. */
  public String describe() {
    StringBuilder out = new StringBuilder();
    for (int id = 0; id < size(); id++) {
      out.append(world.node(id).describe()).append('\n');
    }
    clients.values().forEach(client -> out.append(client.describe()).append('\n'));
    return out.toString();
  }

  // ---- clients

  /** The correct client with this name; opens a session when it is asked for first. */
  public ScriptedClient client(String name) {
    ScriptedClient known = clients.get(name);
    if (known != null) {
      return known;
    }
    int place = clients.size();
    if (place == CLIENTS) {
      throw new IllegalStateException("a script has at most " + CLIENTS + " clients");
    }
    ClientNode node =
        new ClientNode(world, place, RunConfigDraw.stream(world.config().seed(), "client " + name));
    world.setClient(place, node);
    ScriptedClient client = new ScriptedClient(world, place, node);
    clients.put(name, client);
    node.startScripted();
    return client;
  }

  /** A client whose every message is written by the script; may be Byzantine. */
  public RawClient rawClient() {
    if (rawClients == RAW_CLIENTS) {
      throw new IllegalStateException("a script has at most " + RAW_CLIENTS + " raw clients");
    }
    int place = CLIENTS + rawClients++;
    RawClient client = new RawClient(this, world, place);
    world.setClient(place, client);
    return client;
  }
}
