package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Message;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Common ground of the behaviours: one method per type of message, each of which sends the message
 * as it is unless overridden.
 *
 * <p>A core broadcasts by sending to one replica after the other, and it sends again after a
 * reconnect. Decisions that have to be the same for all these calls, and for all conspirators with
 * the same behaviour, are therefore drawn with {@link #hash}, not from the random source.
 */
public abstract class Behaviour implements Adversary {
  public static final long MILLIS = 1_000;

  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private final String name;
  private long salt;

  protected Behaviour(String name) {
    this.name = name;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public void start(AdversaryContext context) {
    salt = context.conspiracy().salt(context.random()) ^ name.hashCode() * GOLDEN;
  }

  @Override
  public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
    if (message instanceof Message.Propose propose) {
      propose(context, to, propose);
    } else if (message instanceof Message.Write write) {
      vote(context, to, write, write.instance(), write.regency(), write.digest());
    } else if (message instanceof Message.Accept accept) {
      vote(context, to, accept, accept.instance(), accept.regency(), accept.digest());
    } else if (message instanceof Message.StopData data) {
      stopData(context, to, data);
    } else if (message instanceof Message.Sync sync) {
      sync(context, to, sync);
    } else {
      other(context, to, message);
    }
  }

  protected void propose(AdversaryContext context, int to, Message.Propose propose) {
    context.send(to, propose);
  }

  /** A WRITE or an ACCEPT. */
  protected void vote(
      AdversaryContext context,
      int to,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest) {
    context.send(to, vote);
  }

  protected void stopData(AdversaryContext context, int to, Message.StopData data) {
    context.send(to, data);
  }

  protected void sync(AdversaryContext context, int to, Message.Sync sync) {
    context.send(to, sync);
  }

  /** Everything else. */
  protected void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
    context.send(to, message);
  }

  /** The same for all conspirators with this behaviour and for every call with the same numbers. */
  protected final long hash(long... parts) {
    long mixed = salt;
    for (long part : parts) {
      mixed = mix((mixed ^ part) + GOLDEN);
    }
    return mix(mixed);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  protected final boolean chance(int percent, long... parts) {
    return Math.floorMod(hash(parts), 100L) < percent;
  }

  protected final int pick(int bound, long... parts) {
    return (int) Math.floorMod(hash(parts), (long) bound);
  }

  /** A digest of nothing, but the same one for all conspirators. */
  protected final Digest digest(long... parts) {
    long seed = hash(parts);
    return new Digest(mix(seed + 1), mix(seed + 2), mix(seed + 3), mix(seed + 4));
  }

  /** The replicas that do not belong to the conspiracy, in an order that depends on the numbers. */
  protected final List<Integer> shuffledCorrect(AdversaryContext context, long... parts) {
    List<Integer> correct = new ArrayList<>(Forge.correct(context));
    long base = hash(parts);
    correct.sort(Comparator.<Integer>comparingLong(peer -> hash(base, peer)).thenComparing(p -> p));
    return correct;
  }

  /**
   * Which of two sides the peer is on in this round. Every other round the sides are as equal as
   * they can be: quorums that are too small then show; the others find what unequal ones hide.
   */
  protected final int side(AdversaryContext context, int peer, long instance, long regency) {
    List<Integer> order = shuffledCorrect(context, 11, instance, regency);
    int size = order.size();
    int first =
        size < 2 || chance(50, 12, instance, regency)
            ? size / 2
            : 1 + pick(size - 1, 13, instance, regency);
    int rank = order.indexOf(peer);
    return rank >= 0 && rank < first ? 1 : 0;
  }

  /**
   * Correct replicas that together with the conspirators make a vote quorum, and not one more. At
   * least f+1, where that is not too few anyway.
   */
  protected final List<Integer> justEnough(AdversaryContext context, long... parts) {
    List<Integer> chosen = new ArrayList<>();
    long mask = Forge.mask(context, context.conspirators());
    for (int peer : shuffledCorrect(context, parts)) {
      if (context.quorums().isVoteQuorum(mask) && chosen.size() >= context.quorums().oneCorrect()) {
        break;
      }
      chosen.add(peer);
      mask |= context.quorums().bit(peer);
    }
    return chosen;
  }

  protected static boolean leads(AdversaryContext context, long regency) {
    return context.view().leader(regency) == context.self();
  }
}
