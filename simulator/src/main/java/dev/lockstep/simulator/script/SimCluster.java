package dev.lockstep.simulator.script;

import dev.lockstep.histories.KvOperation;
import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.OpenSession;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.protocol.port.Delivery;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.record.StartState;
import dev.lockstep.protocol.replica.ReplicaConfig.Budgets;
import dev.lockstep.protocol.replica.ReplicaConfig.Checkpointing;
import dev.lockstep.protocol.replica.ReplicaConfig.Timing;
import dev.lockstep.protocol.rules.Rules;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.Describe;
import dev.lockstep.simulator.Observer;
import dev.lockstep.simulator.Tracer;
import dev.lockstep.simulator.Violation;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.check.Checkers;
import dev.lockstep.simulator.machine.ClientNode;
import dev.lockstep.simulator.machine.ReplicaNode;
import dev.lockstep.simulator.machine.SimClient;
import dev.lockstep.simulator.machine.SimNetwork;
import dev.lockstep.simulator.machine.World;
import dev.lockstep.simulator.plan.Fault;
import dev.lockstep.simulator.plan.FaultEvent;
import dev.lockstep.simulator.plan.Restrictions;
import dev.lockstep.simulator.plan.RunConfig;
import dev.lockstep.simulator.plan.RunConfigDraw;
import dev.lockstep.simulator.run.Simulation;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

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
  private static final int CLIENTS = 6;
  private static final int RAW_CLIENTS = 4;

  private final World world;
  private final RunConfig config;
  private final Map<String, Integer> places = new HashMap<>();
  private final Map<Integer, Puppet> puppets;
  private final List<Rule> rules = new ArrayList<>();
  private final List<Envelope> log = new ArrayList<>();
  private final List<List<Delivery>> deliveries = new ArrayList<>();
  private final long[][] counts;
  private int correctClients;
  private int rawClients;

  private SimCluster(Builder builder) {
    List<Integer> weights = builder.weights;
    View.Limits limits =
        builder.limits.apply(
            new View.Limits(
                64,
                1 << 16,
                4_096,
                8,
                4,
                64,
                1 << 20,
                600_000_000L,
                60_000_000L,
                500_000L,
                builder.authentication));
    View view = View.genesis(builder.mode, builder.window, weights, builder.faults, limits);
    TreeMap<Integer, List<String>> named = new TreeMap<>();
    builder.scripted.forEach((id, adversary) -> named.put(id, List.of(adversary.name())));
    RunConfig.Network network =
        new RunConfig.Network(RunConfig.Distance.LAN, builder.codec, builder.fsync, 5, 2, 0);
    List<FaultEvent> wrongClocks = new ArrayList<>();
    for (int id : builder.wrongClocks) {
      wrongClocks.add(
          new FaultEvent(wrongClocks.size(), Fault.WRONG_CLOCK, 0, Long.MAX_VALUE, 1L << id, 0, 0));
    }
    config =
        new RunConfig(
            builder.seed,
            view,
            builder.durable,
            builder.timing,
            builder.budgets,
            builder.checkpointing,
            network,
            new RunConfig.Workload(CLIENTS, 0, 0, 1_000, 1, 1, 0, 0, 0, 0, false),
            named,
            List.of(),
            wrongClocks,
            Long.MAX_VALUE / 2,
            Restrictions.free());
    puppets = builder.puppets;
    List<Observer> observers = new ArrayList<>();
    observers.add(new Recorder());
    if (builder.checked) {
      observers.addAll(Checkers.all(Simulation.context(config)));
    }
    observers.addAll(builder.observers);
    counts = new long[view.size()][Event.values().length];
    for (int i = 0; i < view.size(); i++) {
      deliveries.add(new ArrayList<>());
    }
    world =
        new World(config, builder.rules, observers, builder.tracer, builder.scripted, RAW_CLIENTS);
    world.onCount((id, event) -> counts[id][event.ordinal()]++);
    world.network().intercept(this::onSend);
    world.start();
    // The processes start within the first milliseconds.
    runFor(3_000);
  }

  // ---- building
  // -----------------------------------------------------------------------------------

  /** A group of n replicas in Byzantine mode that tolerates as many faults as it can, W = 1. */
  public static Builder withReplicas(int n) {
    return new Builder(n);
  }

  /** What a cluster is made of. */
  public static final class Builder {
    private final int n;
    private int faults;
    private boolean faultsSet;
    private View.Mode mode = View.Mode.BYZANTINE;
    private List<Integer> weights;
    private int window = 1;
    private View.RequestAuthentication authentication = View.RequestAuthentication.SIGNED;
    private boolean durable = true;
    private boolean codec = true;
    private boolean checked = true;
    private int fsync = 50;
    private long seed = 1;
    private Timing timing = new Timing(100_000, 3, 25_000, 12_500, 0);
    private Budgets budgets = Budgets.defaults();
    private Checkpointing checkpointing = Checkpointing.NONE;
    private Rules rules = Rules.standard();
    private Tracer tracer;
    private UnaryOperator<View.Limits> limits = UnaryOperator.identity();
    private final Map<Integer, Adversary> scripted = new TreeMap<>();
    private final Map<Integer, Puppet> puppets = new TreeMap<>();
    private final List<Observer> observers = new ArrayList<>();
    private final List<Integer> wrongClocks = new ArrayList<>();

    private Builder(int n) {
      this.n = n;
      weights = new ArrayList<>(Collections.nCopies(n, 1));
    }

    /** The number of faults that the group tolerates. */
    public Builder tolerating(int number) {
      faults = number;
      faultsSet = true;
      return this;
    }

    public Builder crashMode() {
      mode = View.Mode.CRASH;
      authentication = View.RequestAuthentication.VOUCHED;
      return this;
    }

    public Builder weights(Integer... each) {
      weights = Arrays.asList(each);
      return this;
    }

    public Builder window(int instances) {
      window = instances;
      return this;
    }

    /** Requests carry no signatures; replicas vouch for them. */
    public Builder unsigned() {
      authentication = View.RequestAuthentication.VOUCHED;
      return this;
    }

    /** Votes do not wait for an fsync, and a power cut loses them. */
    public Builder inMemory() {
      durable = false;
      return this;
    }

    /** Messages are passed on as objects. By default they go through their bytes. */
    public Builder withoutCodec() {
      codec = false;
      return this;
    }

    /** No checker watches, for scripts that show what goes wrong with a mutant. */
    public Builder unchecked() {
      checked = false;
      return this;
    }

    /** Mean time of an fsync in microseconds, for scripts in which something happens meanwhile. */
    public Builder fsync(int micros) {
      fsync = micros;
      return this;
    }

    public Builder seed(long number) {
      seed = number;
      return this;
    }

    public Builder timing(Timing other) {
      timing = other;
      return this;
    }

    public Builder budgets(Budgets other) {
      budgets = other;
      return this;
    }

    /** Every replica takes a checkpoint every so many instances, each at another point. */
    public Builder checkpoints(int period, int pieceBytes) {
      checkpointing = new Checkpointing(period, pieceBytes);
      return this;
    }

    public Builder rules(Rules mutant) {
      rules = mutant;
      return this;
    }

    /** Changes the limits of the view. */
    public Builder limits(UnaryOperator<View.Limits> change) {
      limits = change;
      return this;
    }

    public Builder batchOf(int requests) {
      UnaryOperator<View.Limits> before = limits;
      limits =
          old -> {
            View.Limits l = before.apply(old);
            return new View.Limits(
                requests,
                l.batchBytes(),
                l.requestBytes(),
                l.sessionWindow(),
                l.sessionsPerClient(),
                l.sessions(),
                l.replyCacheBytes(),
                l.sessionTimeoutMicros(),
                l.openBoundMicros(),
                l.clockBoundMicros(),
                l.authentication());
          };
      return this;
    }

    /** The replica is Byzantine and behaves so. */
    public Builder behaves(int replica, Adversary adversary) {
      scripted.put(replica, adversary);
      return this;
    }

    /**
     * The replica is Byzantine and says only what the script makes it say; see {@link
     * SimCluster#puppet}.
     */
    public Builder puppet(int replica) {
      Puppet puppet = new Puppet(replica);
      puppets.put(replica, puppet);
      scripted.put(replica, puppet);
      return this;
    }

    /** The replica's clock will be wrong beyond the bound; it counts against f. */
    public Builder wrongClock(int replica) {
      wrongClocks.add(replica);
      return this;
    }

    public Builder observer(Observer observer) {
      observers.add(observer);
      return this;
    }

    public Builder tracer(Tracer to) {
      tracer = to;
      return this;
    }

    /** Builds the cluster and starts all replicas. */
    public SimCluster start() {
      if (!faultsSet) {
        faults = (n - 1) / (mode == View.Mode.BYZANTINE ? 3 : 2);
      }
      return new SimCluster(this);
    }
  }

  // ---- messages
  // -----------------------------------------------------------------------------------

  /**
   * A message on its way. Clients have the endpoints from n on.
   *
   * @param at when it was sent
   */
  public record Envelope(long at, int from, int to, Message message) {
    public boolean isFrom(int endpoint) {
      return from == endpoint;
    }

    public boolean isTo(int endpoint) {
      return to == endpoint;
    }

    public boolean is(Class<? extends Message> type) {
      return type.isInstance(message);
    }

    /** The instance of a PROPOSE, WRITE, ACCEPT or DECISION; -1 of any other message. */
    public long instance() {
      if (message instanceof Message.Propose m) {
        return m.instance();
      } else if (message instanceof Message.Write m) {
        return m.instance();
      } else if (message instanceof Message.Accept m) {
        return m.instance();
      } else if (message instanceof Message.Decision m) {
        return m.batch().instance();
      }
      return -1;
    }

    @Override
    public String toString() {
      return String.format("%.6f %d->%d %s", at / 1e6, from, to, Describe.message(message));
    }
  }

  /** What is done to the messages that match, until it is stopped. */
  public final class Rule {
    private final Predicate<Envelope> matches;
    private final boolean holds;
    private final List<Envelope> taken = new ArrayList<>();
    private boolean active = true;

    private Rule(Predicate<Envelope> matches, boolean holds) {
      this.matches = matches;
      this.holds = holds;
    }

    /** Later messages pass; what is held stays held. */
    public void stop() {
      active = false;
    }

    /** What was dropped or is held, in the order in which it was sent. */
    public List<Envelope> taken() {
      return List.copyOf(taken);
    }

    /** Lets go of what is held, and holds nothing more. */
    public void release() {
      stop();
      release(envelope -> true);
    }

    /** Lets go of some of what is held. */
    public void release(Predicate<Envelope> which) {
      for (Envelope envelope : List.copyOf(taken)) {
        if (holds && which.test(envelope)) {
          taken.remove(envelope);
          world.network().transmit(envelope.from, envelope.to, envelope.message);
        }
      }
    }
  }

  private SimNetwork.Fate onSend(int from, int to, Message message) {
    Envelope envelope = new Envelope(world.now(), from, to, message);
    log.add(envelope);
    for (Rule rule : rules) {
      if (rule.active && rule.matches.test(envelope)) {
        rule.taken.add(envelope);
        return rule.holds ? SimNetwork.Fate.HOLD : SimNetwork.Fate.DROP;
      }
    }
    return SimNetwork.Fate.PASS;
  }

  /** Messages that match are lost. Earlier rules come first. */
  public Rule drop(Predicate<Envelope> matching) {
    Rule rule = new Rule(matching, false);
    rules.add(rule);
    return rule;
  }

  /** Messages that match wait until they are released. */
  public Rule hold(Predicate<Envelope> matching) {
    Rule rule = new Rule(matching, true);
    rules.add(rule);
    return rule;
  }

  /** No message gets to or from the replica, of clients either. */
  public Rule isolate(int replica) {
    return drop(envelope -> envelope.isFrom(replica) || envelope.isTo(replica));
  }

  /** No replica of this group hears one that is not in it, and the other way round. */
  public Rule partition(Integer... group) {
    List<Integer> members = Arrays.asList(group);
    return drop(
        envelope ->
            envelope.from < size()
                && envelope.to < size()
                && members.contains(envelope.from) != members.contains(envelope.to));
  }

  /** All rules are over, everything held is let go, and all channels are made anew. */
  public void heal() {
    for (Rule rule : rules) {
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
  // ---------------------------------------------------------------------------------------

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
                .filter(ReplicaNode::isUp)
                .allMatch(node -> node.regency() >= regency && node.replicaOrNull().isSynced()));
  }

  /** Until every correct replica that is up has delivered the instance. */
  public void runUntilDelivered(long instance) {
    runUntil(
        () ->
            world.correctNodes().stream()
                .filter(ReplicaNode::isUp)
                .allMatch(node -> node.lastDelivered() >= instance));
  }

  /** The script is over: the checkers look at the whole history. */
  public void finish() {
    world.observers().ended(world.now());
  }

  /** Until the client has the results of everything that it submitted. */
  public void runUntilReplied(String client) {
    SimulatedClient node = client(client);
    runUntil(() -> node.node.pendingCalls() == 0);
  }

  // ---- replicas
  // -----------------------------------------------------------------------------------

  public int size() {
    return world.replicas();
  }

  public View view() {
    return config.view();
  }

  public QuorumSystem quorums() {
    return new QuorumSystem(config.view(), world.rules().quorum());
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
  public SimulatedReplica replica(int id) {
    return new SimulatedReplica(id);
  }

  /** The Byzantine replica that the script plays. */
  public Puppet puppet(int replica) {
    Puppet puppet = puppets.get(replica);
    if (puppet == null) {
      throw new IllegalArgumentException("replica " + replica + " is no puppet");
    }
    return puppet;
  }

  /** What a script can do with a replica and ask it. */
  public final class SimulatedReplica {
    private final int id;
    private final ReplicaNode node;

    private SimulatedReplica(int id) {
      this.id = id;
      node = world.node(id);
    }

    /** Kills the process. */
    public void crash() {
      node.kill(0);
    }

    /** Starts the process again with what its disk holds. */
    public void restart() {
      node.start();
    }

    /** Cuts the power: the process dies, and what is not synced may be gone. */
    public void cutPower() {
      node.powerCycle(0);
    }

    /** As {@link #cutPower}, and nothing that is not synced is there afterwards. */
    public void cutPowerLosingUnsynced() {
      node.kill(0);
      node.disk().dropUnsynced();
      node.powerCycle(0);
    }

    /** Kills the process and empties the disk. */
    public void loseDisk() {
      node.loseDisk(0);
    }

    /**
     * Kills the process and keeps only the records of the disk that match, as a careless
     * administrator could.
     */
    public void crashAndKeep(Predicate<Record> kept) {
      node.kill(0);
      node.disk().keep(kept);
    }

    public void pause() {
      node.pause(Long.MAX_VALUE);
    }

    public void resume() {
      node.resume();
    }

    /** The clock is wrong by this from now on. */
    public void setClock(long offMicros) {
      node.setClockOffset(offMicros);
    }

    /** Its channel to the other one is made anew; what was under way is lost. */
    public void reconnect(int other) {
      world.network().reset(id, other);
    }

    public boolean isUp() {
      return node.isUp();
    }

    public long lastDelivered() {
      return node.lastDelivered();
    }

    public long regency() {
      return node.regency();
    }

    public boolean isSynced() {
      return node.replicaOrNull() != null && node.replicaOrNull().isSynced();
    }

    public boolean isLearner() {
      return node.replicaOrNull() != null && node.replicaOrNull().isLearner();
    }

    public int pendingRequests() {
      return node.replicaOrNull() == null ? 0 : node.replicaOrNull().pendingRequests();
    }

    /** How often it counted the event since the cluster was built. */
    public long count(Event event) {
      return counts[id][event.ordinal()];
    }

    /** What it delivered since its last start. */
    public List<Delivery> delivered() {
      return List.copyOf(deliveries.get(id));
    }

    /** What its disk holds. */
    public List<Record> records() {
      return node.disk().records();
    }

    public String describe() {
      return node.describe();
    }
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
    for (int place = 0; place < correctClients; place++) {
      out.append(((ClientNode) world.client(place)).describePending()).append('\n');
    }
    return out.toString();
  }

  private final class Recorder implements Observer {
    @Override
    public void started(long now, int replica, StartState state) {
      deliveries.get(replica).clear();
    }

    @Override
    public void delivered(long now, int replica, Delivery delivery) {
      deliveries.get(replica).add(delivery);
    }
  }

  // ---- Byzantine replicas
  // -------------------------------------------------------------------------

  /**
   * A Byzantine replica in the hands of the script. Its core follows the protocol as far as it
   * hears of it, but all that it wants to say is swallowed and noted.
   */
  public static final class Puppet implements Adversary {
    private final int id;
    private final List<Message.ReplicaMessage> received = new ArrayList<>();
    private final List<Envelope> swallowed = new ArrayList<>();
    private AdversaryContext context;
    private Predicate<Envelope> lets = envelope -> false;

    private Puppet(int id) {
      this.id = id;
    }

    @Override
    public String name() {
      return "puppet";
    }

    @Override
    public void start(AdversaryContext given) {
      context = given;
    }

    @Override
    public void onSend(AdversaryContext given, int to, Message.ReplicaMessage message) {
      Envelope envelope = new Envelope(given.nowMicros(), id, to, message);
      if (lets.test(envelope)) {
        given.send(to, message);
      } else {
        swallowed.add(envelope);
      }
    }

    @Override
    public void onReply(AdversaryContext given, ClientId client, Message.ToClient message) {
      if (lets.test(new Envelope(given.nowMicros(), id, -1, message))) {
        given.reply(client, message);
      }
    }

    @Override
    public boolean onReceive(AdversaryContext given, int from, Message.ReplicaMessage message) {
      received.add(message);
      return true;
    }

    /** What its core wants to say and matches is sent as it is; replies to clients go to -1. */
    public void lets(Predicate<Envelope> pass) {
      lets = pass;
    }

    /** Says this to one replica. */
    public void send(int to, Message.ReplicaMessage message) {
      context.send(to, message);
    }

    /** Says this to several replicas. */
    public void send(List<Integer> to, Message.ReplicaMessage message) {
      for (int replica : to) {
        context.send(replica, message);
      }
    }

    /** Answers a client. */
    public void reply(ClientId client, Message.ToClient message) {
      context.reply(client, message);
    }

    public Signer signer() {
      return context.signer();
    }

    /** Everything that it was told. */
    public List<Message.ReplicaMessage> received() {
      return Collections.unmodifiableList(received);
    }

    /** What its core would have said. */
    public List<Envelope> swallowed() {
      return Collections.unmodifiableList(swallowed);
    }

    /** An ACCEPT with its own signature. */
    public Message.Accept accept(int view, long instance, long regency, Digest digest) {
      byte[] statement = Statements.accept(RunConfig.CLUSTER, view, instance, regency, digest, id);
      return new Message.Accept(instance, regency, digest, context.signer().sign(statement));
    }
  }

  // ---- clients
  // ------------------------------------------------------------------------------------

  /** The correct client with this name; opens a session when it is asked for first. */
  public SimulatedClient client(String name) {
    Integer place = places.get(name);
    if (place == null) {
      if (correctClients == CLIENTS) {
        throw new IllegalStateException("a script has at most " + CLIENTS + " clients");
      }
      place = correctClients++;
      places.put(name, place);
      ClientNode node =
          new ClientNode(world, place, RunConfigDraw.stream(config.seed(), "client " + name));
      world.setClient(place, node);
      node.startScripted();
    }
    return new SimulatedClient(place);
  }

  /** A correct client, around the real client core. */
  public final class SimulatedClient {
    private final int place;
    private final ClientNode node;

    private SimulatedClient(int place) {
      this.place = place;
      node = (ClientNode) world.client(place);
    }

    public ClientId id() {
      return node.id();
    }

    public int endpoint() {
      return world.clientEndpoint(place);
    }

    /** Starts an operation. */
    public Call submit(KvOperation operation) {
      return new Call(node, node.invoke(operation, false));
    }

    /** Starts a read that is not ordered if that can be avoided. */
    public Call read(long key) {
      return new Call(node, node.invoke(KvOperation.get(key), true));
    }

    /** Its session is replaced. */
    public void reopenSession() {
      node.reopenSession();
    }

    /** Its process crashes and another takes over. */
    public void restart() {
      node.restart();
    }

    public boolean hasSession() {
      return node.isOpen();
    }

    /** Id of its session, or 0. */
    public long session() {
      return node.session();
    }

    /** Requests to these replicas are lost for ever. */
    public void cannotReach(Integer... replicas) {
      for (int replica : replicas) {
        world.network().kill(endpoint(), replica);
      }
    }
  }

  /** An operation of a correct client. */
  public static final class Call {
    private final ClientNode node;
    private final long id;

    private Call(ClientNode node, long id) {
      this.node = node;
      this.id = id;
    }

    public boolean isDone() {
      return !node.isPending(id);
    }

    /** Whether it is done and its result is known. */
    public boolean hasResult() {
      return node.resultOrNull(id) != null;
    }

    /** The number that the service answered. */
    public long result() {
      Bytes result = node.resultOrNull(id);
      if (result == null) {
        throw new AssertionError("call " + id + " has no result");
      }
      return KvOperation.resultOf(result);
    }
  }

  /** A client whose every message is written by the script; may be Byzantine. */
  public RawClient rawClient() {
    if (rawClients == RAW_CLIENTS) {
      throw new IllegalStateException("a script has at most " + RAW_CLIENTS + " raw clients");
    }
    RawClient client = new RawClient(CLIENTS + rawClients++);
    world.setClient(
        client.place,
        new SimClient() {
          @Override
          public void receive(int replica, Message.ToClient message) {
            client.receive(replica, message);
          }

          @Override
          public void reconnected(int replica) {}
        });
    return client;
  }

  /** A client in the hands of the script. */
  public final class RawClient {
    private final int place;
    private final Map<Integer, List<Message.Reply>> replies = new TreeMap<>();
    private long session;

    private RawClient(int place) {
      this.place = place;
    }

    public ClientId id() {
      return World.clientId(place);
    }

    public int endpoint() {
      return world.clientEndpoint(place);
    }

    /** Opens a session and waits for it. */
    public void open() {
      Request open =
          request(
              Request.Kind.OPEN,
              0,
              0,
              new OpenSession(7_000 + place, EPOCH + now() + 20_000_000, 0).encode());
      for (int attempt = 0; attempt < 20 && session == 0; attempt++) {
        sendToAll(open);
        for (int i = 0; i < 100 && session == 0; i++) {
          runFor(2_000);
        }
      }
      if (session == 0) {
        throw new AssertionError("no session for a raw client:\n" + describe());
      }
    }

    public long session() {
      return session;
    }

    /** An ordered request in its session, signed if the view asks for it. */
    public Request request(long sequence, KvOperation operation) {
      return request(Request.Kind.ORDERED, session, sequence, operation.encode());
    }

    /** Any request in its name. */
    public Request request(Request.Kind kind, long ofSession, long sequence, Bytes operation) {
      Request request = new Request(kind, id(), ofSession, sequence, operation, Bytes.EMPTY);
      if (config.view().limits().authentication() == View.RequestAuthentication.SIGNED) {
        request =
            request.withSignature(
                world
                    .crypto()
                    .clientSigner(id())
                    .sign(Statements.request(RunConfig.CLUSTER, request.digest())));
      }
      world.observers().issued(world.now(), id(), false, request);
      return request;
    }

    public void send(int replica, Request request) {
      world.network().send(endpoint(), replica, new Message.ClientRequest(request, replica));
    }

    public void send(List<Integer> to, Request request) {
      for (int replica : to) {
        send(replica, request);
      }
    }

    public void sendToAll(Request request) {
      for (int replica = 0; replica < size(); replica++) {
        send(replica, request);
      }
    }

    /** What the replica answered, in order. */
    public List<Message.Reply> repliesOf(int replica) {
      return List.copyOf(replies.getOrDefault(replica, List.of()));
    }

    /** Replicas that answered the request. */
    public List<Integer> answeredBy(Request request) {
      List<Integer> answered = new ArrayList<>();
      replies.forEach(
          (replica, list) -> {
            if (list.stream().anyMatch(r -> r.requestDigest().equals(request.digest()))) {
              answered.add(replica);
            }
          });
      return answered;
    }

    private void receive(int replica, Message.ToClient message) {
      if (message instanceof Message.Reply reply) {
        replies.computeIfAbsent(replica, any -> new ArrayList<>()).add(reply);
        if (reply.outcome() == Message.Outcome.OPENED && reply.result() != null) {
          session = ByteBuffer.wrap(reply.result().array()).getLong();
        }
      }
    }
  }
}
