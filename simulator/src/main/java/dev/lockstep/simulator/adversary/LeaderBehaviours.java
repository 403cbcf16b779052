package dev.lockstep.simulator.adversary;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.ClientId;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.View;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What a Byzantine leader does in the normal phase (PROTOCOL 6.1, L1 to L10). */
final class LeaderBehaviours {
  private LeaderBehaviours() {}

  /** L1: two valid values to two halves, and votes for each. */
  static final class Equivocate extends Behaviour {
    Equivocate() {
      super("equivocate");
    }

    @Override
    void propose(AdversaryContext context, int to, Message.Propose propose) {
      long instance = propose.instance();
      long regency = propose.regency();
      Batch one = propose.batch();
      Batch two = Forge.sibling(one, pick(4, 1, instance, regency));
      Forge.learn(context, one);
      Forge.learn(context, two);
      List<Batch> both = Forge.batchesAt(context, instance, regency);
      Batch chosen =
          both.size() < 2 || context.conspirators().contains(to)
              ? one
              : both.get(side(context, to, instance, regency));
      context.send(to, new Message.Propose(instance, regency, chosen, propose.inlined()));
    }

    @Override
    void vote(
        AdversaryContext context,
        int to,
        Message.ReplicaMessage vote,
        long instance,
        long regency,
        Digest digest) {
      List<Batch> both = Forge.batchesAt(context, instance, regency);
      if (both.size() < 2 || context.conspirators().contains(to)) {
        context.send(to, vote);
        return;
      }
      Digest chosen = both.get(side(context, to, instance, regency)).digest();
      context.send(to, Forge.vote(context, vote, instance, regency, chosen));
      if (vote instanceof Message.Write && chance(50, 2, instance, regency)) {
        // The core sees a WRITE quorum for one of the values at most; the other half is served now.
        context.send(to, Forge.accept(context, instance, regency, chosen));
      }
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      return RewritingLeader.serveValue(context, from, message);
    }
  }

  /** L1, L2: everything to just enough replicas, so that the rest is isolated; ACCEPT to half. */
  static final class ProposeToFew extends Behaviour {
    ProposeToFew() {
      super("propose-to-few");
    }

    private boolean hears(AdversaryContext context, int to, long regency) {
      return context.conspirators().contains(to) || justEnough(context, regency).contains(to);
    }

    @Override
    void propose(AdversaryContext context, int to, Message.Propose propose) {
      if (hears(context, to, propose.regency())) {
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
      boolean leads = leads(context, regency);
      if (leads && !hears(context, to, regency)) {
        return;
      }
      if (leads && vote instanceof Message.Accept && !context.conspirators().contains(to)) {
        List<Integer> few = justEnough(context, regency);
        if (few.indexOf(to) > few.size() / 2) {
          return;
        }
      }
      context.send(to, vote);
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      boolean helps =
          message instanceof Message.Decision
              || message instanceof Message.Value
              || message instanceof Message.Bodies;
      if (!helps || !leads(context, context.regency()) || hears(context, to, context.regency())) {
        context.send(to, message);
      }
    }
  }

  /**
   * L2: now and then lets just enough replicas lock and only one of them decide, and falls silent
   * or goes on with the next instance.
   */
  static final class PartialAccept extends Behaviour {
    private final Recent<Long, Long> abandoned = new Recent<>(32);

    PartialAccept() {
      super("partial-accept");
    }

    private boolean trap(long instance, long regency) {
      return chance(12, instance, regency);
    }

    private boolean isAbandoned(long instance, long regency) {
      Long last = abandoned.get(regency);
      return last != null && instance > last;
    }

    @Override
    void propose(AdversaryContext context, int to, Message.Propose propose) {
      long instance = propose.instance();
      long regency = propose.regency();
      if (isAbandoned(instance, regency)) {
        return;
      }
      if (!trap(instance, regency)) {
        context.send(to, propose);
        return;
      }
      if (chance(60, 1, instance, regency)) {
        abandoned.put(regency, instance);
      }
      if (context.conspirators().contains(to)
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
      if (!trap(instance, regency) || context.conspirators().contains(to)) {
        context.send(to, vote);
        return;
      }
      List<Integer> few = justEnough(context, instance, regency);
      boolean leads = leads(context, regency);
      if (vote instanceof Message.Accept ? few.get(0) == to : !leads || few.contains(to)) {
        context.send(to, vote);
        if (leads && vote instanceof Message.Write && few.get(0) == to) {
          // The core may never see the WRITEs; this one replica shall decide all the same.
          context.send(to, Forge.accept(context, instance, regency, digest));
        }
      }
    }

    @Override
    void other(AdversaryContext context, int to, Message.ReplicaMessage message) {
      boolean heals =
          message instanceof Message.Decision decision
              && trap(decision.batch().instance(), decision.certificate().regency());
      if (!heals) {
        context.send(to, message);
      }
    }
  }

  /** L3: delays each PROPOSE and SYNC to just below the timeout, which it finds by trying. */
  static final class SlowLeader extends Behaviour {
    private long delay = 150 * MILLIS;
    private long last;

    SlowLeader() {
      super("slow-leader");
    }

    @Override
    void propose(AdversaryContext context, int to, Message.Propose propose) {
      if (propose.instance() != last) {
        last = propose.instance();
        delay = Math.min(3_000 * MILLIS, delay * 21 / 20);
      }
      context.sendLater(delay, to, propose);
    }

    @Override
    void sync(AdversaryContext context, int to, Message.Sync sync) {
      context.sendLater(delay, to, sync);
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.Stop stop
          && stop.regency() == context.regency() + 1
          && leads(context, context.regency())) {
        delay = Math.max(50 * MILLIS, delay * 3 / 4);
      }
      return true;
    }
  }

  /** L4: never proposes the requests of one client, in some runs of all clients. */
  static final class Censor extends RewritingLeader {
    private ClientId victim;

    Censor() {
      super("censor");
    }

    private boolean censored(ClientId client) {
      return chance(20, 1) || client.equals(victim);
    }

    @Override
    Message.Propose rewrite(AdversaryContext context, Message.Propose propose) {
      List<Reference> kept = new ArrayList<>();
      for (Reference reference : propose.batch().references()) {
        if (victim == null && context.random().nextInt(3) == 0) {
          victim = reference.client();
        }
        if (!censored(reference.client())) {
          kept.add(reference);
        }
      }
      if (kept.size() == propose.batch().references().size()) {
        return null;
      }
      List<Request> inlined = new ArrayList<>(propose.inlined());
      inlined.removeIf(request -> censored(request.client()));
      return new Message.Propose(
          propose.instance(),
          propose.regency(),
          Forge.batch(propose.batch().header(), kept),
          inlined);
    }
  }

  /** L5: every way in which a proposal can be wrong, from forged operations to wrong headers. */
  static final class InvalidProposal extends RewritingLeader {
    private static final int KINDS = 15;

    private final Recent<Digest, Request> fakes = new Recent<>(64);

    InvalidProposal() {
      super("invalid-proposal");
    }

    @Override
    Message.Propose rewrite(AdversaryContext context, Message.Propose propose) {
      long instance = propose.instance();
      long regency = propose.regency();
      if (!chance(25, instance, regency)) {
        return null;
      }
      View.Limits limits = context.view().limits();
      Batch.Header h = propose.batch().header();
      List<Reference> references = new ArrayList<>(propose.batch().references());
      List<Request> inlined = new ArrayList<>(propose.inlined());
      int view = h.view();
      long at = h.instance();
      long time = h.timestampMicros();
      long made = h.proposedInRegency();
      Digest ancestor = h.ancestor();
      int kind = pick(KINDS, 1, instance, regency);
      if (references.isEmpty() && (kind == 0 || kind == 8 || kind == 11 || kind == 13)) {
        kind = 9;
      }
      switch (kind) {
        case 0 -> references.add(Forge.randomOf(context.random(), references));
        case 1 -> made = chance(50, 2, instance) ? regency + 1 : regency - 1;
        case 2 -> at += chance(50, 2, instance) ? 1 : -1;
        case 3 -> view++;
        case 4 -> ancestor = Forge.randomDigest(context.random());
        case 5 -> {
          Request invented = Forge.invented(context.random());
          // One too many; where the limit is generous a flood of references would only slow the
          // run.
          for (int i = references.size(); i <= Math.min(limits.batchRequests(), 2_000); i++) {
            Reference r = invented.reference();
            references.add(new Reference(r.client(), r.session(), i + 1L, r.digest()));
          }
        }
        case 6 -> time += 10 * limits.clockBoundMicros() + 3_600_000_000L;
        case 7 -> time = chance(50, 2, instance) ? 0 : Long.MIN_VALUE;
        case 8 -> {
          int index = context.random().nextInt(references.size());
          Reference old = references.get(index);
          Request genuine = context.conspiracy().requests.get(old.digest());
          Request fake =
              genuine == null
                  ? fake(context, Request.Kind.ORDERED, old, 16)
                  : Forge.forged(context.random(), genuine);
          inlined.removeIf(request -> request.digest().equals(old.digest()));
          add(fake, index, references, inlined);
        }
        case 9 -> add(Forge.invented(context.random()), references.size(), references, inlined);
        case 10 -> {
          Request invented = Forge.invented(context.random());
          Request read = fake(context, Request.Kind.UNORDERED, invented.reference(), 16);
          references.add(read.reference());
          remember(read, inlined);
        }
        case 11 -> {
          // The fields of a reference are covered by its digest: a contradiction shows at the body.
          int index = context.random().nextInt(references.size());
          Reference old = references.get(index);
          references.set(
              index, new Reference(old.client(), old.session(), old.sequence() + 1, old.digest()));
        }
        case 12 -> time += limits.clockBoundMicros() + 1_000 * MILLIS;
        case 13 -> {
          Reference old = Forge.randomOf(context.random(), references);
          Request negative =
              fake(
                  context,
                  Request.Kind.ORDERED,
                  new Reference(old.client(), old.session(), -1, old.digest()),
                  16);
          references.add(negative.reference());
          remember(negative, inlined);
        }
        default -> {
          Request invented = Forge.invented(context.random());
          Request huge =
              fake(
                  context,
                  Request.Kind.ORDERED,
                  invented.reference(),
                  Math.min(limits.requestBytes(), 200_000) + 1);
          references.add(huge.reference());
          remember(huge, inlined);
        }
      }
      return new Message.Propose(
          instance,
          regency,
          Forge.batch(new Batch.Header(view, at, time, h.nonceSeed(), made, ancestor), references),
          inlined);
    }

    private void add(Request fake, int index, List<Reference> references, List<Request> inlined) {
      if (index < references.size()) {
        references.set(index, fake.reference());
      } else {
        references.add(fake.reference());
      }
      remember(fake, inlined);
    }

    private void remember(Request fake, List<Request> inlined) {
      fakes.put(fake.digest(), fake);
      inlined.add(fake);
    }

    private static Request fake(
        AdversaryContext context, Request.Kind kind, Reference like, int length) {
      return new Request(
          kind,
          like.client(),
          like.session(),
          like.sequence(),
          new Bytes(new byte[length]),
          Forge.randomBytes(context.random(), 32));
    }

    @Override
    public boolean onReceive(AdversaryContext context, int from, Message.ReplicaMessage message) {
      if (message instanceof Message.FetchRequests fetch) {
        List<Request> asked = new ArrayList<>();
        for (Digest digest : fetch.digests()) {
          Request fake = fakes.get(digest);
          if (fake != null && asked.size() < 8) {
            asked.add(fake);
          }
        }
        if (!asked.isEmpty()) {
          context.send(from, new Message.Bodies(asked));
          context.send(from, new Message.Forwarded(asked));
        }
      }
      return super.onReceive(context, from, message);
    }
  }

  /** L6: proposals for other instances and regencies, second ones, and some without leading. */
  static final class WrongInstance extends Behaviour {
    WrongInstance() {
      super("wrong-instance");
    }

    @Override
    void propose(AdversaryContext context, int to, Message.Propose propose) {
      long i = propose.instance();
      long r = propose.regency();
      int kind = pick(16, i, r);
      if (kind == 0) {
        // First the wrong one: whoever takes the instance from the wrapper and not from the value.
        context.send(to, new Message.Propose(i + 1, r, propose.batch(), propose.inlined()));
      }
      context.send(to, propose);
      if (kind > 0 && kind < 9) {
        context.send(to, variant(context, propose, kind));
      }
    }

    private Message.Propose variant(AdversaryContext context, Message.Propose p, int kind) {
      long i = p.instance();
      long r = p.regency();
      int window = context.view().window();
      int size = context.view().size();
      return switch (kind) {
        case 1 -> moved(p, i + window, r);
        case 2 -> moved(p, i + 2L * window + 1, r);
        case 3 -> moved(p, i + 1_000_000, r);
        case 4 -> moved(p, i, r + 1);
        case 5 -> moved(p, i, r + size);
        case 6 -> moved(p, i, r - 1);
        case 7 -> moved(p, Math.max(1, i - 1), r);
        default -> new Message.Propose(i, r, Forge.sibling(p.batch(), pick(4, 1, i)), p.inlined());
      };
    }

    private static Message.Propose moved(Message.Propose p, long instance, long regency) {
      Batch.Header h = p.batch().header();
      return new Message.Propose(
          instance,
          regency,
          Forge.batch(
              new Batch.Header(
                  h.view(), instance, h.timestampMicros(), h.nonceSeed(), regency, h.ancestor()),
              p.batch().references()),
          p.inlined());
    }

    @Override
    public void onTimer(AdversaryContext context) {
      if (context.random().nextInt(20) != 0) {
        return;
      }
      long next = context.lastDelivered() + 1;
      Batch known = Forge.latestBatch(context, next);
      if (known == null) {
        return;
      }
      // In the name of the leader, or early for a regency of its own.
      long regency = context.regency() + context.random().nextInt(3);
      Message.Propose like = new Message.Propose(next, regency, known, List.of());
      context.send(Forge.randomPeer(context), moved(like, next, regency));
    }
  }

  /** L7: proposes the requests of decided batches again, alone or among fresh ones. */
  static final class ReplayDecided extends RewritingLeader {
    ReplayDecided() {
      super("replay-decided");
    }

    @Override
    Message.Propose rewrite(AdversaryContext context, Message.Propose propose) {
      if (!chance(20, propose.instance(), propose.regency())) {
        return null;
      }
      List<Batch> older = new ArrayList<>();
      for (Batch batch : context.conspiracy().batches.values()) {
        if (batch.instance() < propose.instance() && !batch.references().isEmpty()) {
          older.add(batch);
        }
      }
      if (older.isEmpty()) {
        return null;
      }
      Batch old = Forge.randomOf(context.random(), older);
      Batch batch =
          switch (context.random().nextInt(3)) {
            case 0 -> Forge.batch(propose.batch().header(), old.references());
            case 1 -> old;
            default -> {
              Set<Reference> all = new LinkedHashSet<>(propose.batch().references());
              for (Reference reference : old.references()) {
                if (all.size() < context.view().limits().batchRequests()) {
                  all.add(reference);
                }
              }
              yield Forge.batch(propose.batch().header(), List.copyOf(all));
            }
          };
      return new Message.Propose(propose.instance(), propose.regency(), batch, propose.inlined());
    }
  }

  /** L8: wins a regency and sends nothing, at once or after a few instances. */
  static final class SilentLeader extends Behaviour {
    private final Recent<Long, Long> first = new Recent<>(32);

    SilentLeader() {
      super("silent-leader");
    }

    private int allowed(long regency) {
      return chance(50, regency) ? 0 : 1 + pick(30, 1, regency);
    }

    private boolean silent(AdversaryContext context, long instance, long regency) {
      return leads(context, regency)
          && instance >= first.getOrDefault(regency, instance) + allowed(regency);
    }

    @Override
    void propose(AdversaryContext context, int to, Message.Propose propose) {
      first.putIfAbsent(propose.regency(), propose.instance());
      if (!silent(context, propose.instance(), propose.regency())) {
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
      if (!silent(context, instance, regency)) {
        context.send(to, vote);
      }
    }

    @Override
    void sync(AdversaryContext context, int to, Message.Sync sync) {
      if (!leads(context, sync.regency()) || allowed(sync.regency()) > 0) {
        context.send(to, sync);
      }
    }
  }

  /** L9: proposes a valid value and votes for another one. */
  static final class VoteOther extends Behaviour {
    VoteOther() {
      super("vote-other");
    }

    @Override
    void vote(
        AdversaryContext context,
        int to,
        Message.ReplicaMessage vote,
        long instance,
        long regency,
        Digest digest) {
      Batch known = context.conspiracy().batches.get(digest);
      if (!leads(context, regency)) {
        context.send(to, vote);
      } else if (known == null || chance(30, instance, regency)) {
        context.send(to, Forge.vote(context, vote, instance, regency, digest(instance, regency)));
      } else {
        Batch sibling = Forge.sibling(known, pick(4, 1, instance, regency));
        Forge.learn(context, sibling);
        context.send(to, Forge.vote(context, vote, instance, regency, sibling.digest()));
      }
    }
  }

  /** L10: turns the order within sessions around and leaves gaps that it fills too late. */
  static final class Reorder extends RewritingLeader {
    private final Deque<Reference> held = new ArrayDeque<>();

    Reorder() {
      super("reorder");
    }

    @Override
    Message.Propose rewrite(AdversaryContext context, Message.Propose propose) {
      List<Reference> references = new ArrayList<>(propose.batch().references());
      if (references.isEmpty() || !chance(60, propose.instance(), propose.regency())) {
        return null;
      }
      if (held.isEmpty() && (references.size() == 1 || chance(30, 1, propose.instance()))) {
        held.add(references.remove(0));
      } else {
        Collections.reverse(references);
        Set<Reference> there = new HashSet<>(references);
        while (!held.isEmpty()) {
          Reference late = held.poll();
          if (there.add(late) && references.size() < context.view().limits().batchRequests()) {
            references.add(late);
          }
        }
      }
      return new Message.Propose(
          propose.instance(),
          propose.regency(),
          Forge.batch(propose.batch().header(), references),
          propose.inlined());
    }
  }
}
