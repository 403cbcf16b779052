package dev.lockstep.simulator.machine;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.DecodeException;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.crypto.Verifier;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Manifest;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.replica.checkpoint.CheckpointHead;
import dev.lockstep.protocol.view.QuorumSystem;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Conspiracy;
import dev.lockstep.simulator.plan.RunConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A Byzantine replica: one correct core, or two twins, whose outputs and inputs go through
 * adversaries. Several behaviours take turns.
 */
final class ByzantineHost implements AdversaryContext {
  private final World world;
  private final int self;
  private final List<Adversary> behaviours;
  private final SplittableRandom random;
  private final long turn;
  private final Signer signer;
  private final List<Integer> others = new ArrayList<>();
  private final QuorumSystem quorums;
  private Machine[] cores;

  ByzantineHost(World world, int self, List<Adversary> behaviours, SplittableRandom random) {
    this.world = world;
    this.self = self;
    this.behaviours = behaviours;
    this.random = random;
    turn = world.config().timing().requestTimeout() * (4 + random.nextInt(8));
    signer = world.crypto().replicaSigner(self);
    quorums = new QuorumSystem(world.config().view(), world.rules().quorum());
    for (View.Member member : world.config().view().members()) {
      if (member.replica() != self) {
        others.add(member.replica());
      }
    }
  }

  /** Makes the processes; apart from the constructor because they ask the world for this. */
  void makeCores() {
    boolean twins = false;
    for (Adversary behaviour : behaviours) {
      twins |= behaviour.wantsTwin();
    }
    cores = new Machine[twins ? 2 : 1];
    for (int twin = 0; twin < cores.length; twin++) {
      cores[twin] = new Machine(world, self, this, twin);
    }
  }

  Machine core(int twin) {
    return cores[twin];
  }

  void start() {
    for (Adversary behaviour : behaviours) {
      if (cores.length > 1) {
        behaviour.twinStarted();
      }
      behaviour.start(this);
    }
    for (Machine core : cores) {
      core.start();
    }
  }

  private Adversary active() {
    return behaviours.size() == 1
        ? behaviours.get(0)
        : behaviours.get((int) (world.now() / turn % behaviours.size()));
  }

  void onTimer() {
    active().onTimer(this);
  }

  // ---- between the network and the cores

  void receive(int from, Message.ReplicaMessage message) {
    world.conspiracy().learn(message);
    Adversary adversary = active();
    if (!adversary.onReceive(this, from, message)) {
      return;
    }
    for (int twin = 0; twin < cores.length; twin++) {
      if (cores[twin].isUp()
          && (cores.length == 1 || adversary.twinHears(this, twin, from, message))) {
        cores[twin].process().receive(from, message);
      }
    }
  }

  void receiveRequest(ClientId client, Message.ClientRequest message) {
    world.conspiracy().learn(message.request());
    if (!active().onClientRequest(this, message)) {
      return;
    }
    for (Machine core : cores) {
      if (core.isUp()) {
        core.process().receiveRequest(client, message);
      }
    }
  }

  void reconnected(int peer) {
    for (Machine core : cores) {
      if (core.isUp()) {
        core.process().reconnected(peer);
      }
    }
  }

  void coreSends(int twin, int to, Message.ReplicaMessage message) {
    world.conspiracy().learn(message);
    Adversary adversary = active();
    Message.ReplicaMessage sent = clinging(twin, message);
    if (sent == null || (cores.length > 1 && !adversary.twinHears(this, twin, to, message))) {
      return;
    }
    adversary.onSend(this, to, sent);
  }

  /**
   * A Byzantine leader does not ask for its own replacement, whatever its core thinks of the lack
   * of progress that its lies cause: that would make most attacks harmless. Returns null for
   * nothing.
   */
  private Message.ReplicaMessage clinging(int twin, Message.ReplicaMessage message) {
    long regency = cores[twin].regency();
    if (view().leader(regency) != self) {
      return message;
    }
    if (message instanceof Message.Stop stop && stop.regency() == regency + 1) {
      return null;
    }
    if (message instanceof Message.Status status && status.nextRegency() == regency + 1) {
      return new Message.Status(
          status.view(),
          status.regency(),
          status.regency(),
          status.synced(),
          status.lastDelivered(),
          status.learnUntil());
    }
    return message;
  }

  void coreReplies(ClientId client, Message.ToClient message) {
    active().onReply(this, client, message);
  }

  // ---- what an adversary can see of its own checkpoints

  @Override
  public Manifest manifestOrNull(long instance) {
    SimDisk.Stored stored = cores[0].disk().checkpointOrNull(instance);
    try {
      return stored == null
          ? null
          : CheckpointHead.manifest(
              stored.checkpoint(), world.config().checkpointing().pieceBytes());
    } catch (DecodeException e) {
      throw new IllegalStateException("a checkpoint that the core itself made", e);
    }
  }

  @Override
  public Bytes contentOrNull(long instance, int piece) {
    SimDisk.Stored stored = cores[0].disk().checkpointOrNull(instance);
    return stored == null || piece < 0 || piece >= stored.checkpoint().pieces().size()
        ? null
        : SimDisk.piece(stored.content(), piece, world.config().checkpointing().pieceBytes());
  }

  // ---- what an adversary can do

  @Override
  public int self() {
    return self;
  }

  @Override
  public View view() {
    return world.config().view();
  }

  @Override
  public QuorumSystem quorums() {
    return quorums;
  }

  @Override
  public Digest cluster() {
    return RunConfig.CLUSTER;
  }

  @Override
  public long nowMicros() {
    return world.now();
  }

  @Override
  public SplittableRandom random() {
    return random;
  }

  @Override
  public Signer signer() {
    return signer;
  }

  @Override
  public Verifier verifier() {
    return world.crypto();
  }

  @Override
  public List<Integer> conspirators() {
    return world.byzantine();
  }

  @Override
  public Conspiracy conspiracy() {
    return world.conspiracy();
  }

  @Override
  public long regency() {
    return cores[0].regency();
  }

  @Override
  public long lastDelivered() {
    return cores[0].lastDelivered();
  }

  @Override
  public void send(int to, Message.ReplicaMessage message) {
    if (to == self) {
      return;
    }
    world.traceMessage("->", self, to, message);
    world.network().send(self, to, message);
  }

  @Override
  public void sendLater(long delayMicros, int to, Message.ReplicaMessage message) {
    world.schedule(world.now() + Math.max(0, delayMicros), () -> send(to, message));
  }

  @Override
  public void reply(ClientId client, Message.ToClient message) {
    world.network().send(self, world.endpoint(client), message);
  }

  @Override
  public List<Integer> others() {
    return others;
  }
}
