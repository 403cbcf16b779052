package dev.lockstep.simulator.adversary.compound;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Testimony;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Behaviour;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Lies;
import dev.lockstep.simulator.adversary.Recent;
import java.util.ArrayList;
import java.util.List;

/**
 * Small-scope mutations (the method of ByzzFuzz): in some rounds, messages to some of the receivers
 * are a little wrong, to all of these in the same way.
 */
public final class ByzzFuzz extends Behaviour {
  private static final int ROUNDS_PERCENT = 18;

  private final Recent<Class<?>, Message.ReplicaMessage> current = new Recent<>(32);
  private final Recent<Class<?>, Message.ReplicaMessage> earlier = new Recent<>(32);
  private long counter;

  public ByzzFuzz() {
    super("byzzfuzz");
  }

  @Override
  public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
    Message.ReplicaMessage before = current.put(message.getClass(), message);
    if (before != null && !before.equals(message)) {
      earlier.put(message.getClass(), before);
      counter++;
    }
    Rounds.Round round = Rounds.ofOrNull(message);
    int type = round == null ? 6 : round.type();
    // What belongs to no round is numbered as it comes.
    long first = round == null ? counter : round.instance();
    long second = round == null ? message.getClass().getSimpleName().hashCode() : round.regency();
    int share = 3 + pick(ROUNDS_PERCENT, 1);
    // There are few synchronization phases, and they matter most.
    int percent = type >= 4 && type < 6 ? 50 : share;
    if (chance(percent, 2, type, first, second) && chance(60, 3, type, first, second, to)) {
      int kind = pick(64, 4, type, first, second);
      Message.ReplicaMessage mutated = mutate(context, message, kind);
      if (mutated != null) {
        context.send(to, mutated);
      }
    } else {
      context.send(to, message);
    }
  }

  /** Returns null where the mutation is that nothing is sent. */
  private Message.ReplicaMessage mutate(
      AdversaryContext context, Message.ReplicaMessage message, int kind) {
    if (kind < 5) {
      return null;
    } else if (kind < 12) {
      return earlier.getOrDefault(message.getClass(), message);
    }
    int delta = (kind & 1) == 0 ? 1 : -1;
    int which = kind / 2;
    if (message instanceof Message.Propose m) {
      return propose(context, m, which, delta);
    } else if (message instanceof Message.Write m) {
      return vote(context, m, m.instance(), m.regency(), m.digest(), which, delta);
    } else if (message instanceof Message.Accept m) {
      return which % 5 == 0
          ? new Message.Accept(m.instance(), m.regency(), m.digest(), Bytes.EMPTY)
          : vote(context, m, m.instance(), m.regency(), m.digest(), which, delta);
    } else if (message instanceof Message.Stop m) {
      return new Message.Stop(m.regency() + delta);
    } else if (message instanceof Message.StopData m) {
      return stopData(context, m, which, delta);
    } else if (message instanceof Message.Sync m) {
      return sync(context, m, which, delta);
    } else if (message instanceof Message.Status m) {
      return status(m, which, delta);
    } else if (message instanceof Message.Decision m) {
      return decision(m, which, delta);
    } else if (message instanceof Message.FetchDecisions m) {
      return new Message.FetchDecisions(m.from() + delta, m.to() + delta, m.bytes());
    } else if (message instanceof Message.Fetched m) {
      return new Message.Fetched(
          m.from(), m.next() + delta, m.first() + delta, m.lastDelivered() + delta);
    } else if (message instanceof Message.FetchValue m) {
      return new Message.FetchValue(m.instance() + delta, m.digest());
    } else if (message instanceof Message.Value m) {
      return new Message.Value(Forge.sibling(m.batch(), which % 4));
    } else if (message instanceof Message.FetchRequests m) {
      return new Message.FetchRequests(dropLast(m.digests()), !m.vouch());
    } else if (message instanceof Message.Forwarded m) {
      return new Message.Forwarded(dropLast(m.requests()));
    } else if (message instanceof Message.RequestBodies m) {
      return which % 2 == 0
          ? new Message.RequestBodies(dropLast(m.requests()))
          : new Message.Forwarded(m.requests());
    } else if (message instanceof Message.Missing m) {
      return which % 2 == 0
          ? new Message.Missing(m.instance() + delta, m.regency(), m.digests(), m.overdue())
          : new Message.Missing(m.instance(), m.regency() + delta, m.digests(), !m.overdue());
    } else if (message instanceof Message.Recover m) {
      return new Message.Recover(m.nonce() + delta, m.incarnation(), m.signature());
    } else if (message instanceof Message.RecoverReply m) {
      return new Message.RecoverReply(
          m.nonce(),
          which % 2 == 0 ? m.incarnation() + delta : m.incarnation(),
          m.claimSignature(),
          m.senderIncarnation(),
          which % 3 == 2 ? Math.max(0, m.promised() + delta) : m.promised(),
          which % 2 == 0 ? m.lastDelivered() : m.lastDelivered() + delta,
          m.certificate(),
          which % 5 == 4 ? List.of() : m.acknowledged());
    }
    return message;
  }

  private static <T> List<T> dropLast(List<T> list) {
    return list.isEmpty() ? list : list.subList(0, list.size() - 1);
  }

  private Message.ReplicaMessage vote(
      AdversaryContext context,
      Message.ReplicaMessage vote,
      long instance,
      long regency,
      Digest digest,
      int which,
      int delta) {
    switch (which % 4) {
      case 0:
        return Forge.vote(context, vote, instance + delta, regency, digest);
      case 1:
        return Forge.vote(context, vote, instance, regency + delta, digest);
      case 2:
        {
          // The value of another proposal, of the neighbour if there is none for this instance.
          Batch other = Forge.otherBatchAt(context, instance, digest);
          other = other == null ? Forge.otherBatchAt(context, instance - 1, digest) : other;
          return Forge.vote(
              context,
              vote,
              instance,
              regency,
              other == null ? digest(instance, regency) : other.digest());
        }
      default:
        // The other kind of vote, in its place.
        return vote instanceof Message.Write
            ? Forge.accept(context, instance, regency, digest)
            : new Message.Write(instance, regency, digest);
    }
  }

  private static Message.Propose propose(
      AdversaryContext context, Message.Propose m, int which, int delta) {
    Batch.Header h = m.batch().header();
    List<Reference> references = m.batch().references();
    long instance = m.instance();
    long regency = m.regency();
    int view = h.view();
    long at = h.instance();
    long time = h.timestampMicros();
    long made = h.proposedInRegency();
    Digest ancestor = h.ancestor();
    Digest seed = h.nonceSeed();
    List<Request> inlined = m.inlined();
    switch (which % 13) {
      case 0 -> instance += delta;
      case 1 -> regency += delta;
      case 2 -> at += delta;
      case 3 -> made += delta;
      case 4 -> time += delta;
      case 5 -> view += delta;
      case 6 -> seed = Digest.ZERO;
      case 7 -> {
        Batch before = Forge.latestBatch(context, at - 1);
        ancestor = before == null ? Digest.ZERO : before.digest();
      }
      case 8 -> references = dropLast(references);
      case 9 -> inlined = dropLast(inlined);
      case 10 -> {
        if (!references.isEmpty()) {
          Reference last = references.get(references.size() - 1);
          references = new ArrayList<>(dropLast(references));
          references.add(
              new Reference(last.client(), last.session(), last.sequence() + delta, last.digest()));
        }
      }
      case 11 -> {
        Batch other = Forge.otherBatchAt(context, at, m.batch().digest());
        if (other != null) {
          return new Message.Propose(instance, regency, other, inlined);
        }
        time += 1_000;
      }
      default -> {
        // Moved as a whole, so that it is consistent.
        instance += delta;
        at += delta;
      }
    }
    return new Message.Propose(
        instance,
        regency,
        Forge.batch(new Batch.Header(view, at, time, seed, made, ancestor), references),
        inlined);
  }

  private Message.StopData stopData(
      AdversaryContext context, Message.StopData m, int which, int delta) {
    Testimony c = m.testimony().core();
    List<Certificate> certificates = m.certificates();
    List<Testimony.Decided> prefix = c.prefix();
    List<Testimony.Open> open = new ArrayList<>(c.open());
    long regency = c.regency();
    long incarnation = c.incarnation();
    long last = c.lastDelivered();
    switch (which % 9) {
      case 0 -> regency += delta;
      case 1 -> last = Math.max(0, last + delta);
      case 2 -> incarnation += delta;
      case 3 -> certificates = dropLast(certificates);
      case 4 -> prefix = dropLast(prefix);
      case 5 -> {
        if (!open.isEmpty()) {
          open.remove(open.size() - 1);
        }
      }
      default -> open.replaceAll(entry -> lock(context, entry, which, delta));
    }
    return Lies.message(
        context,
        new Testimony(regency, c.replica(), incarnation, last, prefix, open, c.acknowledged()),
        certificates);
  }

  private Testimony.Open lock(
      AdversaryContext context, Testimony.Open entry, int which, int delta) {
    Testimony.Lock lock = entry.lock();
    List<Testimony.Written> written = entry.writeSet();
    switch (which % 9) {
      case 6 -> lock = new Testimony.Lock(Math.max(-1, lock.regency() + delta), lock.digest());
      case 7 -> {
        Batch other = Forge.otherBatchAt(context, entry.instance(), lock.digest());
        Digest digest = other == null ? digest(entry.instance()) : other.digest();
        lock = new Testimony.Lock(Math.max(0, lock.regency()), digest);
        written = List.of(new Testimony.Written(lock.regency(), digest));
      }
      default -> written = dropLast(written);
    }
    return new Testimony.Open(entry.instance(), entry.decided(), lock, written);
  }

  private static Message.Sync sync(AdversaryContext context, Message.Sync m, int which, int delta) {
    long regency = m.regency();
    List<Message.SignedTestimony> entries = new ArrayList<>(m.entries());
    List<Certificate> certificates = m.certificates();
    List<Batch> values = m.values();
    switch (which % 7) {
      case 0 -> regency += delta;
      case 1 -> entries = dropLast(entries);
      case 2 -> certificates = dropLast(certificates);
      case 3 -> values = dropLast(values);
      case 4 -> {
        if (!entries.isEmpty()) {
          entries.remove(0);
        }
      }
      case 5 -> {
        if (!entries.isEmpty()) {
          entries.add(entries.get(0));
        }
      }
      default ->
          entries.replaceAll(
              entry ->
                  entry.core().replica() == context.self()
                      ? Forge.sign(context, Lies.hide(entry.core(), 0))
                      : entry);
    }
    return Forge.sync(context, regency, entries, certificates, values);
  }

  private static Message.Status status(Message.Status m, int which, int delta) {
    return switch (which % 5) {
      case 0 ->
          new Message.Status(
              m.view(),
              m.regency() + delta,
              m.nextRegency(),
              m.synced(),
              m.lastDelivered(),
              m.learnUntil());
      case 1 ->
          new Message.Status(
              m.view(),
              m.regency(),
              m.nextRegency() + delta,
              m.synced(),
              m.lastDelivered(),
              m.learnUntil());
      case 2 ->
          new Message.Status(
              m.view(),
              m.regency(),
              m.nextRegency(),
              !m.synced(),
              m.lastDelivered(),
              m.learnUntil());
      case 3 ->
          new Message.Status(
              m.view(),
              m.regency(),
              m.nextRegency(),
              m.synced(),
              m.lastDelivered() + delta,
              m.learnUntil());
      default ->
          new Message.Status(
              m.view(),
              m.regency(),
              m.nextRegency(),
              m.synced(),
              m.lastDelivered(),
              m.lastDelivered() + delta);
    };
  }

  private static Message.Decision decision(Message.Decision m, int which, int delta) {
    Certificate c = m.certificate();
    List<Certificate.Vote> votes = new ArrayList<>(c.votes());
    switch (which % 5) {
      case 0 -> {
        return new Message.Decision(
            m.batch(),
            new Certificate(c.instance(), c.regency(), c.digest(), dropLast(votes)),
            m.bodies());
      }
      case 1 -> {
        if (!votes.isEmpty()) {
          votes.set(votes.size() - 1, votes.get(0));
        }
        return new Message.Decision(
            m.batch(), new Certificate(c.instance(), c.regency(), c.digest(), votes), m.bodies());
      }
      case 2 -> {
        return new Message.Decision(
            m.batch(),
            new Certificate(c.instance() + delta, c.regency(), c.digest(), votes),
            m.bodies());
      }
      case 3 -> {
        return new Message.Decision(
            m.batch(),
            new Certificate(c.instance(), c.regency() + delta, c.digest(), votes),
            m.bodies());
      }
      default -> {
        return new Message.Decision(m.batch(), c, dropLast(m.bodies()));
      }
    }
  }
}
