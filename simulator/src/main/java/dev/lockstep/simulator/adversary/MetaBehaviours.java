package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Behaviours that are about when and towards whom, whatever the phase. */
final class MetaBehaviours {
  private MetaBehaviours() {}

  /** F5, L8: completely silent from some time on, in a third of the runs from the start. */
  static final class CrashMute extends Behaviour {
    private long since;

    CrashMute() {
      super("crash-mute");
    }

    @Override
    public void start(AdversaryContext context) {
      super.start(context);
      since =
          context.random().nextInt(3) == 0
              ? context.nowMicros()
              : context.nowMicros() + context.random().nextLong(8_000 * MILLIS);
    }

    private boolean mute(AdversaryContext context) {
      return context.nowMicros() >= since;
    }

    @Override
    public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (!mute(context)) {
        context.send(to, message);
      }
    }

    @Override
    public void onReply(AdversaryContext context, ClientId client, Message.ToClient message) {
      if (!mute(context)) {
        context.reply(client, message);
      }
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      return !mute(context);
    }

    @Override
    public boolean onClientRequest(AdversaryContext context, Message.ClientRequest request) {
      return !mute(context);
    }
  }

  /**
   * L2, F1: gives its WRITE for the value to one half and for another to the other half, and its
   * ACCEPT to one correct replica only, so that quorums form at single replicas.
   */
  static final class QuorumEdge extends Behaviour {
    QuorumEdge() {
      super("quorum-edge");
    }

    @Override
    void propose(AdversaryContext context, int to, Message.Propose propose) {
      long instance = propose.instance();
      long regency = propose.regency();
      if (!chance(20, 1, instance, regency)
          || context.conspirators().contains(to)
          || justEnough(context, instance, regency).contains(to)) {
        context.send(to, propose);
      }
    }

    @Override
    void vote(
        AdversaryContext context,
        int to,
        Message.ReplicaMessage vote,
        long instance,
        long regency,
        Digest digest) {
      int favourite = justEnough(context, instance, regency).get(0);
      if (context.conspirators().contains(to)) {
        context.send(to, vote);
      } else if (to == favourite) {
        context.send(to, vote);
        if (vote instanceof Message.Write) {
          context.send(to, Forge.accept(context, instance, regency, digest));
        }
      } else if (vote instanceof Message.Write) {
        boolean genuine = side(context, to, instance, regency) == 0;
        Batch other = Forge.otherBatchAt(context, instance, digest);
        Digest lie = other == null ? digest(instance, regency) : other.digest();
        context.send(to, genuine ? vote : new Message.Write(instance, regency, lie));
      }
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (!(message instanceof Message.Decision)) {
        context.send(to, message);
      }
    }
  }

  /** Draws other behaviours and drops them again, several at a time, all through the run. */
  static final class Chaos extends Chain {
    private final Set<Integer> active = new TreeSet<>();
    private long until = -1;

    Chaos(List<Adversary> members) {
      super("chaos", members);
    }

    @Override
    boolean isActive(AdversaryContext context, int member) {
      if (context.nowMicros() >= until) {
        until = context.nowMicros() + (100 + context.random().nextInt(900)) * Behaviour.MILLIS;
        active.clear();
        int count = context.random().nextInt(5);
        for (int i = 0; i < count; i++) {
          active.add(context.random().nextInt(size()));
        }
      }
      return active.contains(member);
    }
  }

  /** Correct until the group changes its regency; then helps to, and attacks until that is over. */
  static final class Lurker extends Chain {
    private static final long PATIENCE = 600 * Behaviour.MILLIS;

    private final Set<Integer> active = new TreeSet<>();
    private long until = Long.MIN_VALUE;

    Lurker(List<Adversary> members) {
      super("lurker", members);
    }

    @Override
    boolean isActive(AdversaryContext context, int member) {
      return context.nowMicros() < until && active.contains(member);
    }

    private boolean wake(AdversaryContext context) {
      boolean woke = context.nowMicros() >= until;
      if (woke) {
        active.clear();
        for (int i = 0; i < 3; i++) {
          active.add(context.random().nextInt(size()));
        }
      }
      until = context.nowMicros() + PATIENCE;
      return woke;
    }

    @Override
    public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (message instanceof Message.StopDataMessage || message instanceof Message.Sync) {
        wake(context);
      }
      super.onSend(context, to, message);
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.Stop stop
          && stop.regency() == context.regency() + 1
          && !context.conspirators().contains(from)
          && wake(context)) {
        for (int peer : context.others()) {
          context.send(peer, message);
        }
      }
      return super.onReceive(context, from, message);
    }
  }
}
