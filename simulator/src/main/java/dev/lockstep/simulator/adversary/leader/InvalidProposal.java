package dev.lockstep.simulator.adversary.leader;

import dev.lockstep.protocol.bytes.Bytes;
import dev.lockstep.protocol.bytes.Digest;
import dev.lockstep.protocol.message.Batch;
import dev.lockstep.protocol.message.Message;
import dev.lockstep.protocol.message.Reference;
import dev.lockstep.protocol.message.Request;
import dev.lockstep.protocol.view.View;
import dev.lockstep.simulator.adversary.AdversaryContext;
import dev.lockstep.simulator.adversary.Forge;
import dev.lockstep.simulator.adversary.Recent;
import java.util.ArrayList;
import java.util.List;

/** Every way in which a proposal can be wrong, from forged operations to wrong headers. */
public final class InvalidProposal extends RewritingLeader {
  private static final int KINDS = 15;

  private final Recent<Digest, Request> fakes = new Recent<>(64);

  public InvalidProposal() {
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
        context.send(from, new Message.RequestBodies(asked));
        context.send(from, new Message.Forwarded(asked));
      }
    }
    return super.onReceive(context, from, message);
  }
}
