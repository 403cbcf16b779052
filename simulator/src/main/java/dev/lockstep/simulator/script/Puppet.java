package dev.lockstep.simulator.script;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.crypto.Signer;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Statements;
import dev.lockstep.simulator.adversary.Adversary;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.plan.RunConfig;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Predicate;

/**
 * A Byzantine replica in the hands of the script. Its core follows the protocol as far as it hears
 * of it, but all that it wants to say is swallowed and noted.
 */
public final class Puppet implements Adversary {
  private final int id;
  private final List<Message.ReplicaMessage> received = new ArrayList<>();
  private final List<Envelope> swallowed = new ArrayList<>();
  private AdversaryContext context;
  private Predicate<Envelope> lets = envelope -> false;

  Puppet(int id) {
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
