package dev.lockstep.protocol.replica.ordering;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.consensus.ByzantineConsensus;
import dev.lockstep.protocol.consensus.Consensus;
import dev.lockstep.protocol.consensus.CrashConsensus;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.port.Event;
import dev.lockstep.protocol.port.Signatures;
import dev.lockstep.protocol.record.Record;
import dev.lockstep.protocol.replica.facts.Instances;
import dev.lockstep.protocol.replica.facts.Regency;
import dev.lockstep.protocol.replica.facts.Slot;
import dev.lockstep.protocol.replica.facts.Voice;
import dev.lockstep.protocol.replica.kernel.Durable;
import dev.lockstep.protocol.replica.kernel.Outbox;
import dev.lockstep.protocol.replica.kernel.Work;
import dev.lockstep.protocol.replica.requests.RequestPool;
import dev.lockstep.protocol.rules.VotingRule;
import dev.lockstep.protocol.view.Genesis;

/**
 * Makes the consensus of each slot and gives it what it needs of the replica around it. Here ids
 * become positions and positions ids: those of the slot's own view.
 */
public final class InstanceHost implements Instances {
  private final int self;
  private final Genesis genesis;
  private final Outbox out;
  private final Durable durable;
  private final Work work;
  private final Regency regency;
  private final Voice voice;
  private final RequestPool pool;
  private final VotingRule rule;
  private final Signatures signatures;

  public InstanceHost(
      int self,
      Genesis genesis,
      Outbox out,
      Durable durable,
      Work work,
      Regency regency,
      Voice voice,
      RequestPool pool,
      VotingRule rule,
      Signatures signatures) {
    this.self = self;
    this.genesis = genesis;
    this.out = out;
    this.durable = durable;
    this.work = work;
    this.regency = regency;
    this.voice = voice;
    this.pool = pool;
    this.rule = rule;
    this.signatures = signatures;
  }

  @Override
  public Consensus open(Slot slot) {
    int position = slot.view.indexOf(self);
    Consensus.Host host = new Host(slot);
    return genesis.byzantine()
        ? new ByzantineConsensus(slot.instance, position, slot.quorums, rule, host)
        : new CrashConsensus(slot.instance, position, slot.quorums, rule, host);
  }

  private final class Host implements Consensus.Host {
    private final Slot slot;

    Host(Slot slot) {
      this.slot = slot;
    }

    @Override
    public void persistWrote(long instance, long inRegency, Batch batch, Runnable then) {
      durable.persist(new Record.Wrote(instance, inRegency, batch, pool.bodies(batch)), then);
    }

    @Override
    public void persistLock(long instance, long inRegency, Digest digest, Runnable then) {
      durable.persist(new Record.Locked(instance, inRegency, digest), then);
    }

    @Override
    public void broadcastWrite(long instance, long inRegency, Digest digest) {
      out.broadcast(new Message.Write(instance, inRegency, digest));
    }

    @Override
    public void broadcastAccept(long instance, long inRegency, Digest digest, Bytes signature) {
      out.broadcast(new Message.Accept(instance, inRegency, digest, signature));
    }

    @Override
    public void requestSignature(long instance, long inRegency, Digest digest) {
      signatures.signAccept(
          new Message.Accept(instance, inRegency, digest, Bytes.EMPTY),
          statement(instance, inRegency, digest, self));
    }

    @Override
    public void requestVerification(
        int position, long instance, long inRegency, Digest digest, Bytes signature) {
      int sender = idOf(position);
      signatures.verifyAccept(
          sender,
          new Message.Accept(instance, inRegency, digest, signature),
          statement(instance, inRegency, digest, sender));
    }

    private byte[] statement(long instance, long inRegency, Digest digest, int sender) {
      return rule.acceptStatement(
          genesis.domains().at(instance), slot.view.id(), instance, inRegency, digest, sender);
    }

    @Override
    public boolean mayVote(long instance, long inRegency) {
      long installed = regency.installed();
      return inRegency == installed && voice.mayVote(instance, installed);
    }

    @Override
    public void onDecided(long instance) {
      work.touch(instance);
    }

    @Override
    public void onDoubleVote(int position) {
      out.count(Event.DOUBLE_VOTE, idOf(position));
    }

    @Override
    public void onBadSignature(int position) {
      out.count(Event.BAD_SIGNATURE, idOf(position));
    }

    private int idOf(int position) {
      return slot.view.members().get(position).replica();
    }
  }
}
