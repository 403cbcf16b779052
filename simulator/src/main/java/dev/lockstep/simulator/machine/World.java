package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.simulator.Describe;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Sighting;
import dev.lockstep.simulator.SimCrypto;
import dev.lockstep.simulator.Tracer;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.Conspiracy;
import dev.lockstep.simulator.adversary.catalogue.Adversaries;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.plan.RunConfigDraw;
import dev.lockstep.simulator.run.Simulation;
import dev.lockstep.simulator.script.SimCluster;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A simulated cluster with its clients, network, disks and clocks: the mechanics, without a plan of
 * what happens. {@link Simulation} adds a random plan, {@link SimCluster} a script. One thread.
 */
public final class World {
  /** Virtual time between two calls of an adversary's timer. */
  private static final long ADVERSARY_PERIOD = 20_000;

  private final RunConfig config;
  private final Variant variant;
  private final List<Observer> observers;
  private final Tracer tracer;
  private final EventQueue queue = new EventQueue();
  private final SimCrypto crypto;
  private final SimNetwork network;
  private final Machine[] nodes;
  private final ByzantineHost[] hosts;
  private final SimClient[] clients;
  private final SplittableRandom hardware;
  private final SplittableRandom storage;
  private final Conspiracy conspiracy = new Conspiracy();

  private long now;
  private long happened;
  private boolean healed;
  private boolean wantsLoad = true;

  private final Set<Long> installed = new HashSet<>();
  private final Set<Long> synced = new HashSet<>();
  private final Set<Long> bound = new HashSet<>();
  private final Set<Long> noop = new HashSet<>();
  private CountListener countListener;
  private final Map<String, Long> faults = new TreeMap<>();
  private final long[] counts = new long[Event.values().length];

  public World(RunConfig config, Variant variant, List<Observer> observers, Tracer tracer) {
    this(config, variant, observers, tracer, Map.of(), 0);
  }

  /**
   * Makes a world.
   *
   * @param scripted behaviours that are not made by name
   * @param moreClients places for clients that a script will add
   */
  public World(
      RunConfig config,
      Variant variant,
      List<Observer> observers,
      Tracer tracer,
      Map<Integer, Adversary> scripted,
      int moreClients) {
    this.config = config;
    this.variant = variant;
    this.observers = List.copyOf(observers);
    this.tracer = tracer;
    crypto = new SimCrypto(config.seed());
    hardware = RunConfigDraw.stream(config.seed(), "machines");
    storage = RunConfigDraw.stream(config.seed(), "storage");
    int n = config.replicas();
    int correctClients = config.workload().clients();
    int byzantineClients = config.clientAdversaries().size();
    clients = new SimClient[correctClients + byzantineClients + moreClients];
    network = new SimNetwork(this, config, n + clients.length);
    nodes = new Machine[n];
    hosts = new ByzantineHost[n];
    makeReplicas(scripted);
  }

  private void makeReplicas(Map<Integer, Adversary> scripted) {
    SplittableRandom malice = RunConfigDraw.stream(config.seed(), "malice");
    for (int id = 0; id < nodes.length; id++) {
      if (config.isByzantine(id) || scripted.containsKey(id)) {
        List<Adversary> behaviours = new ArrayList<>();
        if (scripted.containsKey(id)) {
          behaviours.add(scripted.get(id));
        } else {
          for (String name : config.adversaries().get(id)) {
            behaviours.add(Adversaries.create(name));
          }
        }
        hosts[id] = new ByzantineHost(this, id, behaviours, malice.split());
        conspiracy.signers.put(id, crypto.replicaSigner(id));
      }
    }
    for (int id = 0; id < nodes.length; id++) {
      if (hosts[id] != null) {
        hosts[id].makeCores();
        nodes[id] = hosts[id].core(0);
      } else {
        nodes[id] = new Machine(this, id, null, 0);
      }
    }
  }

  /** Starts all processes, one shortly after the other. */
  public void start() {
    for (int id = 0; id < nodes.length; id++) {
      long at = now + hardware.nextInt(2_000);
      if (hosts[id] != null) {
        ByzantineHost host = hosts[id];
        schedule(at, () -> startAdversary(host));
      } else {
        schedule(at, nodes[id]::start);
      }
    }
  }

  private void startAdversary(ByzantineHost host) {
    host.start();
    schedule(
        now + ADVERSARY_PERIOD,
        new EventQueue.Event() {
          @Override
          public void happen() {
            host.onTimer();
            schedule(now + ADVERSARY_PERIOD, this);
          }
        });
  }

  // ---- time

  public long now() {
    return now;
  }

  public void schedule(long at, EventQueue.Event event) {
    queue.add(at, event);
  }

  public long happened() {
    return happened;
  }

  /** Lets the next event happen; false when there is none until the given time. */
  public boolean step(long until) {
    if (queue.nextTime() > until) {
      return false;
    }
    long time = queue.nextTime();
    if (time > now) {
      now = time;
    }
    happened++;
    queue.poll().happen();
    return true;
  }

  /** Time passes without an event. */
  public void sleepUntil(long time) {
    now = Math.max(now, time);
  }

  // ---- parts

  public RunConfig config() {
    return config;
  }

  public Rules rules() {
    return variant.rules();
  }

  public Flaw flaw() {
    return variant.flaw();
  }

  /** All observers see it, in their order. */
  public void saw(Sighting sighting) {
    for (int i = 0; i < observers.size(); i++) {
      observers.get(i).saw(now, sighting);
    }
  }

  public SimCrypto crypto() {
    return crypto;
  }

  public SimNetwork network() {
    return network;
  }

  Conspiracy conspiracy() {
    return conspiracy;
  }

  /** Randomness of processors: how long execution and cryptography take. */
  SplittableRandom hardware() {
    return hardware;
  }

  SplittableRandom storage() {
    return storage;
  }

  public int replicas() {
    return nodes.length;
  }

  public Machine node(int id) {
    return nodes[id];
  }

  ByzantineHost hostOrNull(int id) {
    return hosts[id];
  }

  public boolean isByzantine(int id) {
    return hosts[id] != null;
  }

  /** Whether the process at the endpoint is correct. */
  boolean isCorrect(int endpoint) {
    return endpoint < nodes.length
        ? hosts[endpoint] == null
        : endpoint - nodes.length < config.workload().clients();
  }

  public List<Integer> byzantine() {
    List<Integer> ids = new ArrayList<>();
    for (int id = 0; id < hosts.length; id++) {
      if (hosts[id] != null) {
        ids.add(id);
      }
    }
    return ids;
  }

  public List<Machine> correctNodes() {
    List<Machine> correct = new ArrayList<>();
    for (int id = 0; id < nodes.length; id++) {
      if (hosts[id] == null) {
        correct.add(nodes[id]);
      }
    }
    return correct;
  }

  /** Puts a client at its place; places are counted from 0. */
  public void setClient(int place, SimClient client) {
    clients[place] = client;
  }

  public SimClient client(int place) {
    return clients[place];
  }

  int clientPlaces() {
    return clients.length;
  }

  public static ClientId clientId(int place) {
    return new ClientId(0, place + 1);
  }

  public int clientEndpoint(int place) {
    return nodes.length + place;
  }

  /** The endpoint of a client identity, or -1 when there is no such client. */
  int endpoint(ClientId client) {
    return client.high() == 0 && client.low() >= 1 && client.low() <= clients.length
        ? nodes.length + (int) client.low() - 1
        : -1;
  }

  // ---- messages

  /** A message reaches its endpoint. */
  void arrive(int from, int to, Message message, EventQueue.Event event) {
    if (to >= nodes.length) {
      SimClient client = clients[to - nodes.length];
      if (client != null && from < nodes.length) {
        traceMessage("<-", to, from, message);
        client.receive(from, (Message.ToClient) message);
      }
      return;
    }
    ByzantineHost host = hosts[to];
    if (host != null) {
      traceMessage("<-", to, from, message);
      if (from < nodes.length) {
        host.receive(from, (Message.ReplicaMessage) message);
      } else {
        host.receiveRequest(clientId(from - nodes.length), (Message.ClientRequest) message);
      }
      return;
    }
    Machine node = nodes[to];
    if (node.defers(event)) {
      return;
    }
    traceMessage("<-", to, from, message);
    if (from < nodes.length) {
      node.process().receive(from, (Message.ReplicaMessage) message);
    } else {
      node.process().receiveRequest(clientId(from - nodes.length), (Message.ClientRequest) message);
    }
  }

  private final class Reconnected implements EventQueue.Event {
    private final int endpoint;
    private final int peer;

    Reconnected(int endpoint, int peer) {
      this.endpoint = endpoint;
      this.peer = peer;
    }

    @Override
    public void happen() {
      if (endpoint >= nodes.length) {
        SimClient client = clients[endpoint - nodes.length];
        if (client != null && peer < nodes.length) {
          client.reconnected(peer);
        }
      } else if (peer < nodes.length) {
        if (hosts[endpoint] != null) {
          hosts[endpoint].reconnected(peer);
        } else if (!nodes[endpoint].defers(this)) {
          nodes[endpoint].process().reconnected(peer);
        }
      }
    }
  }

  /** Both ends will soon notice that their channel was made anew. */
  public void announceReconnect(int a, int b) {
    schedule(now + 100 + hardware.nextInt(1_000), new Reconnected(a, b));
    schedule(now + 100 + hardware.nextInt(1_000), new Reconnected(b, a));
  }

  /** Everybody will soon notice that a process came back. */
  void announceRestart(int replica) {
    for (int endpoint = 0; endpoint < nodes.length + clients.length; endpoint++) {
      if (endpoint != replica) {
        schedule(now + 100 + hardware.nextInt(1_000), new Reconnected(endpoint, replica));
      }
    }
  }

  // ---- faults

  /**
   * Whether this replica may lose its votes now: it counts against f until it has recovered, like
   * Byzantine replicas and wrong clocks.
   */
  public boolean mayLoseVotes(int id) {
    Set<Integer> wrongClocks = config.wrongClocks();
    int faulty = 0;
    for (int other = 0; other < nodes.length; other++) {
      if (other != id
          && (hosts[other] != null || nodes[other].isAmnesiac() || wrongClocks.contains(other))) {
        faulty++;
      }
    }
    return hosts[id] == null && !wrongClocks.contains(id) && faulty + 1 <= config.view().faults();
  }

  public boolean isHealed() {
    return healed;
  }

  /** Whether clients shall go on although they have done what they had to do. */
  public boolean wantsLoad() {
    return wantsLoad;
  }

  public void stopLoad() {
    wantsLoad = false;
  }

  /** Ends all transient faults. */
  public void heal() {
    healed = true;
    trace("world", "heals");
    network.calm();
    for (int id = 0; id < nodes.length; id++) {
      if (hosts[id] == null) {
        nodes[id].resume();
        nodes[id].start();
      }
    }
    saw(new Sighting.Healed());
  }

  // ---- figures

  /** Gets everything that correct replicas count. */
  public interface CountListener {
    void counted(int replica, Event event);
  }

  public void onCount(CountListener listener) {
    countListener = listener;
  }

  /** A correct replica counted something. */
  void counted(int replica, Event event, long regency) {
    if (countListener != null) {
      countListener.counted(replica, event);
    }
    counts[event.ordinal()]++;
    switch (event) {
      case INSTALLED_REGENCY -> installed.add(regency);
      case SYNC_PROCESSED -> synced.add(regency);
      case SYNC_BOUND -> bound.add(regency);
      case SYNC_NOOP -> noop.add(regency);
      default -> {}
    }
  }

  /** A fault really happened, for the figures. */
  public void happenedFault(String what) {
    faults.merge(what, 1L, Long::sum);
  }

  /** What the figures say beyond the plan: faults that happened, and events that matter. */
  public Map<String, Long> figures() {
    Map<String, Long> figures = new TreeMap<>(faults);
    for (Event event :
        List.of(
            Event.CHECKPOINTED,
            Event.TRANSFER_BEGUN,
            Event.TRANSFER_INSTALLED,
            Event.TRANSFER_DONE,
            Event.TRANSFER_BLAMED,
            Event.SOURCE_REPLACED)) {
      if (count(event) > 0) {
        figures.put(event.name().toLowerCase(Locale.ROOT).replace('_', '-'), count(event));
      }
    }
    return figures;
  }

  public long count(Event event) {
    return counts[event.ordinal()];
  }

  public int regencyChanges() {
    return installed.size();
  }

  public int syncPhases() {
    return synced.size();
  }

  public int boundPhases() {
    return bound.size();
  }

  public int noopPhases() {
    return noop.size();
  }

  /** Highest instance that a correct replica delivered. */
  public long decisions() {
    long highest = 0;
    for (int id = 0; id < nodes.length; id++) {
      if (hosts[id] == null) {
        highest = Math.max(highest, nodes[id].highestDelivered());
      }
    }
    return highest;
  }

  // ---- trace

  public boolean isTracing() {
    return tracer != null;
  }

  public void trace(String source, String text) {
    if (tracer != null) {
      tracer.line(String.format("%12.6f %-6s %s", now / 1e6, source, text));
    }
  }

  void traceMessage(String verb, int endpoint, int peer, Message message) {
    if (tracer != null) {
      trace(name(endpoint), verb + " " + name(peer) + " " + Describe.message(message));
    }
  }

  public String name(int endpoint) {
    if (endpoint >= nodes.length) {
      return "c" + (endpoint - nodes.length + 1);
    }
    return (hosts[endpoint] != null ? "B" : "R") + endpoint;
  }
}
