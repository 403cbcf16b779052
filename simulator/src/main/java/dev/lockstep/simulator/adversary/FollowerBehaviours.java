package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Certificate;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.message.Statements;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** What a Byzantine replica does besides leading and synchronizing (PROTOCOL 6.1, F1 to F12). */
final class FollowerBehaviours {
  private FollowerBehaviours() {}

  /** F1: WRITE and ACCEPT for another value to one half, sometimes both values to the same peer. */
  static final class DoubleVote extends Behaviour {
    DoubleVote() {
      super("double-vote");
    }

    @Override
    void vote(
        AdversaryContext context,
        int to,
        Message.ReplicaMessage vote,
        long instance,
        long regency,
        Digest digest) {
      if (side(context, to, instance, regency) == 0) {
        context.send(to, vote);
        return;
      }
      Batch other = Forge.otherBatchAt(context, instance, digest);
      Digest lie = other == null ? digest(instance, regency) : other.digest();
      context.send(to, Forge.vote(context, vote, instance, regency, lie));
      if (chance(30, 1, instance, regency)) {
        context.send(to, vote);
      }
    }
  }

  /** F2: ACCEPTs that look right but whose signature does not verify, to some. */
  static final class BadSignature extends Behaviour {
    BadSignature() {
      super("bad-signature");
    }

    @Override
    void vote(
        AdversaryContext context,
        int to,
        Message.ReplicaMessage vote,
        long instance,
        long regency,
        Digest digest) {
      if (!(vote instanceof Message.Accept accept) || chance(40, instance, regency, to)) {
        context.send(to, vote);
        return;
      }
      Bytes signature =
          switch (pick(6, 1, instance, regency)) {
            case 0 -> Bytes.EMPTY;
            case 1 -> Forge.randomBytes(context.random(), accept.signature().length());
            case 2 -> Forge.accept(context, instance + 1, regency, digest).signature();
            case 3 -> Forge.accept(context, instance, regency + 1, digest).signature();
            case 4 -> Forge.accept(context, instance, regency, digest(instance)).signature();
            default ->
                // A genuine signature of its own, over the same fields but of another view.
                context
                    .signer()
                    .sign(
                        Statements.accept(
                            context.cluster(),
                            context.view().id() + 1,
                            instance,
                            regency,
                            digest,
                            context.self()));
          };
      context.send(to, new Message.Accept(instance, regency, digest, signature));
      if (chance(20, 2, instance, regency)) {
        // The genuine one too late: a receiver must not have used up this sender's vote.
        context.send(to, accept);
      }
    }
  }

  /**
   * F3: votes that were valid for another instance, regency or value, as they were and relabelled.
   */
  static final class ReplayVotes extends Behaviour {
    private final Recent<Long, Message.ReplicaMessage> sent = new Recent<>(64);
    private long count;

    ReplayVotes() {
      super("replay-votes");
    }

    @Override
    void vote(
        AdversaryContext context,
        int to,
        Message.ReplicaMessage vote,
        long instance,
        long regency,
        Digest digest) {
      sent.put(count++, vote);
      Message.ReplicaMessage old = Forge.randomValue(context.random(), sent.values());
      switch (pick(5, instance, regency, to)) {
        case 0 -> {
          context.send(to, old);
          context.send(to, vote);
        }
        case 1 -> context.send(to, relabelled(old, instance, regency, digest));
        case 2 -> {
          context.send(to, relabelled(old, instance, regency, digest));
          context.send(to, vote);
        }
        case 3 -> {
          // A later round answered with what was said in an earlier one.
          context.send(to, relabelled(vote, instance + 1, regency, digest));
          context.send(to, vote);
        }
        default -> context.send(to, vote);
      }
    }

    private static Message.ReplicaMessage relabelled(
        Message.ReplicaMessage old, long instance, long regency, Digest digest) {
      return old instanceof Message.Accept accept
          ? new Message.Accept(instance, regency, digest, accept.signature())
          : new Message.Write(instance, regency, ((Message.Write) old).digest());
    }
  }

  /** F4: votes without a PROPOSE, for noise and for known values, ahead of everybody. */
  static final class RandomVotes extends Behaviour {
    RandomVotes() {
      super("random-votes");
    }

    @Override
    public void onTimer(AdversaryContext context) {
      SplittableRandom random = context.random();
      if (random.nextInt(4) != 0) {
        return;
      }
      long instance =
          Math.max(
              1, context.lastDelivered() + random.nextInt(2 * context.view().window() + 3) - 1);
      long regency = Math.max(0, context.regency() + random.nextInt(4) - 1);
      Batch known = Forge.otherBatchAt(context, instance, null);
      Digest digest =
          known == null || random.nextBoolean() ? Forge.randomDigest(random) : known.digest();
      for (int i = 0; i < 2; i++) {
        int to = Forge.randomPeer(context);
        if (random.nextBoolean()) {
          context.send(to, new Message.Write(instance, regency, digest));
        }
        context.send(to, Forge.accept(context, instance, regency, digest));
      }
    }
  }

  /** F5: silent towards all but just enough, others every second; answers no fetches of theirs. */
  static final class SelectivelySilent extends Behaviour {
    SelectivelySilent() {
      super("selectively-silent");
    }

    @Override
    public void onSend(AdversaryContext context, int to, Message.ReplicaMessage message) {
      long slot = context.nowMicros() / (1_000 * MILLIS);
      if (context.conspirators().contains(to) || justEnough(context, slot).contains(to)) {
        context.send(to, message);
      }
    }
  }

  /** F6: everything that others wait for comes around the time at which they stop waiting. */
  static final class DelayedVotes extends Behaviour {
    private static final int[] DELAYS = {20, 90, 180, 350, 390, 420, 700, 1_500};

    DelayedVotes() {
      super("delayed-votes");
    }

    @Override
    void vote(
        AdversaryContext context,
        int to,
        Message.ReplicaMessage vote,
        long instance,
        long regency,
        Digest digest) {
      int kind = vote instanceof Message.Accept ? 1 : 0;
      int index = pick(DELAYS.length, instance, regency, kind);
      context.sendLater(DELAYS[index] * MILLIS, to, vote);
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (message instanceof Message.Decision
          || message instanceof Message.Value
          || message instanceof Message.Bodies
          || message instanceof Message.Forwarded) {
        int index = context.random().nextInt(DELAYS.length);
        context.sendLater(DELAYS[index] * MILLIS, to, message);
      } else {
        context.send(to, message);
      }
    }
  }

  /** F7: asks for the next, a later and an absurd regency, whoever leads and however well. */
  static final class StopSpam extends Behaviour {
    StopSpam() {
      super("stop-spam");
    }

    @Override
    public void onTimer(AdversaryContext context) {
      SplittableRandom random = context.random();
      if (random.nextInt(8) != 0) {
        return;
      }
      long regency = context.regency();
      long asked =
          switch (random.nextInt(8)) {
            case 0 -> regency;
            case 1 -> regency + 2;
            case 2 -> regency + context.view().size();
            case 3 -> regency + 1_000_000_007L;
            case 4 -> random.nextInt(10) == 0 ? Long.MAX_VALUE : regency + 3;
            case 5 -> -1;
            default -> regency + 1;
          };
      boolean toAll = random.nextBoolean();
      for (int peer : context.others()) {
        if (toAll || random.nextBoolean()) {
          context.send(peer, new Message.Stop(asked));
        }
      }
    }
  }

  /** F8: bursts of everything that makes a receiver hold, look up or answer something. */
  static final class Flood extends Behaviour {
    Flood() {
      super("flood");
    }

    @Override
    public void onTimer(AdversaryContext context) {
      if (!chance(30, context.nowMicros() / (500 * MILLIS))) {
        return;
      }
      int victim = Forge.randomPeer(context);
      for (int i = 0; i < 6; i++) {
        int to = i < 4 ? victim : Forge.randomPeer(context);
        context.send(to, noise(context, context.random()));
      }
    }

    private static Message.ReplicaMessage noise(AdversaryContext context, SplittableRandom random) {
      long last = context.lastDelivered();
      long far = last + random.nextInt(1 << random.nextInt(20)) + 1;
      Digest digest = Forge.randomDigest(random);
      switch (random.nextInt(11)) {
        case 0:
          return new Message.Write(far, context.regency() + random.nextInt(3), digest);
        case 1:
          return Forge.accept(context, far, context.regency() + random.nextInt(3), digest);
        case 2:
          return new Message.FetchRequests(digests(random, 64), random.nextBoolean());
        case 3:
          long from = random.nextInt(4) == 0 ? -1 : random.nextLong(last + 2);
          return new Message.FetchDecisions(
              from, from + random.nextInt(1_000), random.nextInt(3) << random.nextInt(31));
        case 4:
          return new Message.FetchValue(far, digest);
        case 5:
          return new Message.Missing(
              far, context.regency(), digests(random, 32), random.nextBoolean());
        case 6:
          {
            List<Request> invented = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
              invented.add(Forge.invented(random));
            }
            return random.nextBoolean()
                ? new Message.Forwarded(invented)
                : new Message.Bodies(invented);
          }
        case 7:
          {
            Batch known = Forge.latestBatch(context, Long.MAX_VALUE);
            return known == null
                ? new Message.Stop(far)
                : new Message.Value(Forge.sibling(known, random.nextInt(4)));
          }
        case 8:
          {
            Request stolen = Forge.knownRequest(context);
            return stolen == null
                ? new Message.FetchDecisions(0, far, -1)
                : new Message.Forwarded(List.of(stolen, Forge.forged(random, stolen)));
          }
        case 9:
          {
            Message.ReplicaMessage any =
                Forge.randomValue(random, context.conspiracy().history.values());
            return any == null ? new Message.Stop(far) : any;
          }
        default:
          return new Message.Recover(random.nextLong(), 0, Bytes.EMPTY);
      }
    }

    private static List<Digest> digests(SplittableRandom random, int most) {
      List<Digest> digests = new ArrayList<>();
      int count = 1 + random.nextInt(most);
      for (int i = 0; i < count; i++) {
        digests.add(Forge.randomDigest(random));
      }
      return digests;
    }
  }

  /** F9: DECISIONs with certificates that are bad, mixed, too small or those of something else. */
  static final class FakeDecision extends Behaviour {
    private final Ballots ballots = new Ballots();

    FakeDecision() {
      super("fake-decision");
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      ballots.hear(context, from, message);
      if (message instanceof Message.FetchDecisions fetch) {
        decide(context, from, Math.max(1, Math.min(fetch.from(), context.lastDelivered() + 1)));
      }
      return true;
    }

    @Override
    public void onTimer(AdversaryContext context) {
      SplittableRandom random = context.random();
      if (random.nextInt(6) == 0) {
        long instance =
            context.lastDelivered() + random.nextInt(2 * context.view().window() + 2) - 1;
        decide(context, Forge.randomPeer(context), Math.max(1, instance));
      }
    }

    private void decide(AdversaryContext context, int to, long instance) {
      SplittableRandom random = context.random();
      Batch known = Forge.otherBatchAt(context, instance, null);
      if (known == null) {
        Batch like = Forge.latestBatch(context, instance);
        Batch.Header h =
            like == null
                ? new Batch.Header(
                    context.view().id(), instance, context.nowMicros(), Digest.ZERO, 0, Digest.ZERO)
                : like.header();
        known =
            new Batch(
                new Batch.Header(
                    h.view(),
                    instance,
                    h.timestampMicros() + 1,
                    h.nonceSeed(),
                    context.regency(),
                    h.ancestor()),
                List.of());
      }
      Digest digest = known.digest();
      Certificate genuine = context.conspiracy().certificates.get(instance);
      Batch batch = known;
      Certificate certificate;
      List<Request> bodies = new ArrayList<>();
      switch (random.nextInt(10)) {
        case 0:
          certificate = Forge.noiseCertificate(context, instance, context.regency(), digest);
          break;
        case 1:
          certificate = ballots.tooFew(context, instance, digest);
          break;
        case 2:
          certificate = repeated(context, ballots.tooFew(context, instance, digest));
          break;
        case 3:
          // Votes for what is being decided, counted for something else.
          batch = Forge.sibling(known, random.nextInt(4));
          certificate = ballots.mixed(context, instance, batch.digest());
          break;
        case 4:
          certificate = relabelled(context, instance, digest);
          break;
        case 5:
          batch = Forge.sibling(known, random.nextInt(4));
          certificate =
              genuine == null ? ballots.mixed(context, instance, batch.digest()) : genuine;
          break;
        case 6:
          certificate = strangers(context, instance, digest);
          break;
        case 7:
          certificate = genuine == null ? ballots.tooFew(context, instance, digest) : genuine;
          for (Reference reference : batch.references()) {
            Request body = context.conspiracy().requests.get(reference.digest());
            if (body != null && bodies.size() < 16) {
              bodies.add(Forge.forged(random, body));
            }
          }
          break;
        case 8:
          certificate = new Certificate(instance, context.regency(), digest, List.of());
          break;
        default:
          {
            Certificate few = ballots.mixed(context, instance, digest);
            certificate =
                new Certificate(
                    instance, few.regency() + 1 + random.nextInt(2), digest, few.votes());
          }
      }
      context.send(to, new Message.Decision(batch, certificate, bodies));
    }

    private static Certificate repeated(AdversaryContext context, Certificate few) {
      List<Certificate.Vote> votes = new ArrayList<>(few.votes());
      if (votes.isEmpty()) {
        return few;
      }
      for (int i = 0; votes.size() < context.view().size(); i++) {
        Certificate.Vote again = votes.get(i);
        votes.add(again);
      }
      return new Certificate(few.instance(), few.regency(), few.digest(), votes);
    }

    private static Certificate relabelled(AdversaryContext context, long instance, Digest digest) {
      Certificate other =
          Forge.randomValue(context.random(), context.conspiracy().certificates.values());
      if (other == null) {
        return Forge.noiseCertificate(context, instance, context.regency(), digest);
      }
      return context.random().nextBoolean()
          ? other
          : new Certificate(instance, other.regency(), digest, other.votes());
    }

    private static Certificate strangers(AdversaryContext context, long instance, Digest digest) {
      List<Certificate.Vote> votes = new ArrayList<>();
      Bytes own =
          Forge.acceptSignature(context, context.self(), instance, context.regency(), digest);
      votes.add(new Certificate.Vote(context.self(), own));
      for (int i = 0; i < context.view().size(); i++) {
        votes.add(new Certificate.Vote(i % 2 == 0 ? 63 + i : -1 - i, own));
      }
      return new Certificate(instance, context.regency(), digest, votes);
    }
  }

  /** F8, T5, T6: STATUS with absurd or slightly wrong numbers, for a second at a time. */
  static final class LyingStatus extends Behaviour {
    LyingStatus() {
      super("lying-status");
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (!(message instanceof Message.Status s)) {
        context.send(to, message);
        return;
      }
      long slot = context.nowMicros() / (1_000 * MILLIS);
      // To some peers another lie than to the rest.
      Message.Status lie =
          switch (pick(14, slot, pick(2, slot, to))) {
            case 0 -> status(s, s.regency(), s.nextRegency(), Long.MAX_VALUE);
            case 1 -> status(s, s.regency(), s.nextRegency(), s.lastDelivered() + 1_000_000);
            case 2 -> status(s, s.regency(), s.nextRegency(), 0);
            case 3 -> status(s, s.regency(), s.nextRegency(), -1);
            case 4 -> status(s, s.regency(), s.nextRegency(), s.lastDelivered() + 1);
            case 5 -> status(s, Long.MAX_VALUE, Long.MAX_VALUE, s.lastDelivered());
            case 6 -> status(s, s.regency(), s.regency() + 1, s.lastDelivered());
            case 7 -> status(s, s.regency(), s.regency() + 1_000, s.lastDelivered());
            case 8 -> status(s, 0, 0, s.lastDelivered());
            case 9 -> learner(s, Long.MAX_VALUE);
            case 10 -> learner(s, s.lastDelivered() + 50);
            case 11 ->
                new Message.Status(
                    s.view() + 1,
                    s.regency(),
                    s.nextRegency(),
                    s.synced(),
                    s.lastDelivered(),
                    s.learnUntil());
            case 12 ->
                new Message.Status(
                    s.view(),
                    s.regency(),
                    s.nextRegency(),
                    false,
                    s.lastDelivered(),
                    s.learnUntil());
            default -> status(s, s.regency() + 1, s.regency() + 1, 0);
          };
      context.send(to, lie);
    }

    private static Message.Status status(Message.Status s, long regency, long next, long last) {
      return new Message.Status(s.view(), regency, next, s.synced(), last, s.learnUntil());
    }

    private static Message.Status learner(Message.Status s, long until) {
      return new Message.Status(
          s.view(), s.regency(), s.nextRegency(), s.synced(), s.lastDelivered(), until);
    }
  }

  /**
   * T5, T6 for RULES 27: misleads a replica that lost its votes, and claims to have lost its own.
   */
  static final class LyingRecovery extends Behaviour {
    private long incarnation;

    LyingRecovery() {
      super("lying-recovery");
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (message instanceof Message.RecoverReply reply) {
        lie(context, to, reply);
      } else {
        context.send(to, message);
      }
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.Recover recover) {
        // Its core may not answer at all; this replica always does.
        lie(
            context,
            from,
            new Message.RecoverReply(
                recover.nonce(), recover.incarnation(), recover.signature(), 0, null));
      }
      return true;
    }

    private static void lie(AdversaryContext context, int to, Message.RecoverReply r) {
      SplittableRandom random = context.random();
      long low = r.lastDelivered() / 2;
      Certificate any = Forge.randomValue(random, context.conspiracy().certificates.values());
      Message.RecoverReply lie =
          switch (random.nextInt(8)) {
            case 0 ->
                new Message.RecoverReply(r.nonce(), r.incarnation(), r.claimSignature(), 0, null);
            case 1 ->
                new Message.RecoverReply(
                    r.nonce(),
                    r.incarnation(),
                    r.claimSignature(),
                    low,
                    context.conspiracy().certificates.get(low));
            case 2 ->
                new Message.RecoverReply(
                    r.nonce(), r.incarnation(), r.claimSignature(), r.lastDelivered() + 1_000, any);
            case 3 ->
                new Message.RecoverReply(
                    r.nonce() + 1,
                    r.incarnation(),
                    r.claimSignature(),
                    r.lastDelivered(),
                    r.certificate());
            case 4 ->
                new Message.RecoverReply(
                    r.nonce(),
                    r.incarnation() + 1_000,
                    Forge.randomBytes(random, 32),
                    r.lastDelivered(),
                    r.certificate());
            case 5 ->
                // A claim of its own in place of the asker's.
                new Message.RecoverReply(
                    r.nonce(),
                    r.incarnation() + 1,
                    context
                        .signer()
                        .sign(
                            Statements.incarnation(
                                context.cluster(), context.self(), r.incarnation() + 1)),
                    r.lastDelivered(),
                    r.certificate());
            case 6 ->
                new Message.RecoverReply(
                    r.nonce(),
                    0,
                    Bytes.EMPTY,
                    r.lastDelivered() + 5,
                    Forge.noiseCertificate(
                        context,
                        r.lastDelivered() + 5,
                        context.regency(),
                        Forge.randomDigest(random)));
            default -> r;
          };
      context.send(to, lie);
    }

    @Override
    public void onTimer(AdversaryContext context) {
      SplittableRandom random = context.random();
      if (random.nextInt(100) != 0) {
        return;
      }
      incarnation += random.nextInt(2);
      long claimed = random.nextInt(8) == 0 ? Long.MAX_VALUE : incarnation;
      long nonce = random.nextLong();
      for (int peer : context.others()) {
        context.send(
            peer,
            new Message.Recover(
                nonce,
                claimed,
                context
                    .signer()
                    .sign(Statements.incarnation(context.cluster(), context.self(), claimed))));
      }
    }
  }

  /**
   * RULES 13: says that it misses requests which it has or which do not exist, and for too long.
   */
  static final class FalseMissing extends Behaviour {
    FalseMissing() {
      super("false-missing");
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.Propose p && chance(60, p.instance(), p.regency())) {
        List<Digest> digests = new ArrayList<>();
        for (Reference reference : p.batch().references()) {
          if (digests.size() < 64) {
            digests.add(reference.digest());
          }
        }
        if (chance(20, 1, p.instance()) || digests.isEmpty()) {
          digests.add(Forge.randomDigest(context.random()));
        }
        boolean overdue = chance(70, 2, p.instance(), p.regency());
        for (int peer : context.others()) {
          context.send(peer, new Message.Missing(p.instance(), p.regency(), digests, overdue));
        }
        context.send(from, new Message.FetchRequests(digests, true));
      }
      return true;
    }
  }

  /** F9: answers every fetch with something else, or not at all. */
  static final class BadAnswers extends Behaviour {
    BadAnswers() {
      super("bad-answers");
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      SplittableRandom random = context.random();
      if (message instanceof Message.Value value) {
        if (random.nextInt(4) != 0) {
          context.send(to, new Message.Value(Forge.sibling(value.batch(), random.nextInt(4))));
        }
      } else if (message instanceof Message.Bodies bodies) {
        if (random.nextInt(4) != 0) {
          context.send(to, new Message.Bodies(forged(random, bodies.requests())));
        }
      } else if (message instanceof Message.Forwarded forwarded) {
        if (random.nextInt(4) != 0) {
          context.send(to, new Message.Forwarded(forged(random, forwarded.requests())));
        }
      } else if (message instanceof Message.Decision d) {
        decision(context, to, d);
      } else {
        context.send(to, message);
      }
    }

    private static void decision(AdversaryContext context, int to, Message.Decision d) {
      SplittableRandom random = context.random();
      Certificate c = d.certificate();
      switch (random.nextInt(5)) {
        case 0 ->
            context.send(
                to,
                new Message.Decision(Forge.sibling(d.batch(), random.nextInt(4)), c, d.bodies()));
        case 1 -> context.send(to, new Message.Decision(d.batch(), c, forged(random, d.bodies())));
        case 2 -> {
          List<Certificate.Vote> votes = new ArrayList<>(c.votes());
          if (!votes.isEmpty()) {
            votes.set(0, new Certificate.Vote(votes.get(0).replica(), Bytes.EMPTY));
          }
          context.send(
              to,
              new Message.Decision(
                  d.batch(),
                  new Certificate(c.instance(), c.regency(), c.digest(), votes),
                  d.bodies()));
        }
        case 3 -> context.send(to, new Message.Decision(d.batch(), c, List.of()));
        default -> {
          // Nothing: the asker has to turn to somebody else.
        }
      }
    }

    private static List<Request> forged(SplittableRandom random, List<Request> requests) {
      List<Request> all = new ArrayList<>();
      for (Request request : requests) {
        all.add(Forge.forged(random, request));
      }
      return all;
    }
  }

  /** F8, RULES 12: vouches for operations that the client never asked for, before the real one. */
  static final class FalseVouch extends Behaviour {
    FalseVouch() {
      super("false-vouch");
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      if (message instanceof Message.Forwarded forwarded) {
        List<Request> lies = new ArrayList<>();
        for (Request request : forwarded.requests()) {
          lies.add(Forge.forged(context.random(), request));
        }
        context.send(to, new Message.Forwarded(lies));
        if (context.random().nextBoolean()) {
          context.send(to, message);
        }
      } else {
        context.send(to, message);
      }
    }

    @Override
    public boolean onClientRequest(AdversaryContext context, Message.ClientRequest request) {
      if (context.random().nextInt(3) == 0) {
        // One variant for all, so that they would agree on it if they believed it.
        List<Request> lie = List.of(Forge.forged(context.random(), request.request()));
        for (int peer : context.others()) {
          context.send(peer, new Message.Forwarded(lie));
        }
      }
      // Now and then only the others know the request.
      return context.random().nextInt(10) != 0;
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.FetchRequests fetch && fetch.vouch()) {
        // Vouches for what it only fetched or heard of: one voice more than there should be.
        List<Request> stolen = new ArrayList<>();
        for (Digest digest : fetch.digests()) {
          Request request = context.conspiracy().requests.get(digest);
          if (request != null && stolen.size() < 16) {
            stolen.add(request);
          }
        }
        if (!stolen.isEmpty()) {
          context.send(from, new Message.Forwarded(stolen));
        }
      }
      return true;
    }
  }

  /** Lies to clients: results, outcomes, views and instances that are not so. */
  static final class FalseReplies extends Behaviour {
    FalseReplies() {
      super("false-replies");
    }

    @Override
    public void onReply(AdversaryContext context, ClientId client, Message.ToClient message) {
      if (!(message instanceof Message.Reply r)) {
        context.reply(client, message);
        return;
      }
      // The same lie from all conspirators: together they must still be too few.
      int kind = pick(8, r.session(), r.sequence(), r.requestDigest().a());
      Digest noise = digest(r.session(), r.sequence());
      Bytes result = new Bytes(new byte[] {(byte) kind});
      Message.Reply lie =
          switch (kind) {
            case 0 -> reply(r, r.view(), r.outcome(), noise, null, r.instance());
            case 1 ->
                reply(r, r.view(), r.outcome(), Digest.hash(result.array()), result, r.instance());
            case 2 -> reply(r, r.view(), r.outcome(), r.resultDigest(), result, r.instance());
            case 3 ->
                reply(r, r.view(), Message.Outcome.EXPIRED, r.resultDigest(), null, r.instance());
            case 4 ->
                reply(r, r.view(), Message.Outcome.CONFLICT, r.resultDigest(), null, r.instance());
            case 5 ->
                reply(r, r.view() + 1, r.outcome(), r.resultDigest(), r.result(), r.instance());
            case 6 ->
                reply(r, r.view(), r.outcome(), r.resultDigest(), r.result(), r.instance() + 1_000);
            default -> reply(r, r.view(), Message.Outcome.BUSY, noise, null, 0);
          };
      context.reply(client, lie);
      if (chance(30, 1, r.sequence())) {
        // A later reply of a replica replaces its earlier one.
        context.reply(client, message);
      }
    }

    private static Message.Reply reply(
        Message.Reply r,
        int view,
        Message.Outcome outcome,
        Digest resultDigest,
        Bytes result,
        long instance) {
      return new Message.Reply(
          view,
          r.session(),
          r.sequence(),
          r.requestDigest(),
          outcome,
          resultDigest,
          result,
          instance);
    }
  }
}
